import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Role } from '../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from './support/app.js';
import { endPrograms, run } from './support/process.js';

let app: TestApp;
let operator: Caller;
beforeAll(async () => {
  app = await startTestApp({ data: 'empty' });
  operator = await app.as(Role.OPERATOR);
});
afterAll(async () => {
  await endPrograms();
  await app.close();
});

const fields = 'id iso2Code iso3Code numericCode name';

describe('A country', () => {
  it('is there before anything was seeded, with its codes and its English name', async () => {
    const { country } = await app.ask(`{ country(iso2Code: "CH") { ${fields} } }`);
    expect(country).toEqual({
      id: 'Country_CH',
      iso2Code: 'CH',
      iso3Code: 'CHE',
      numericCode: '756',
      name: 'Switzerland',
    });
  });

  it('keeps the leading zeros of its numeric code', async () => {
    const { country } = await app.ask('{ country(iso2Code: "AF") { numericCode } }');
    expect(country.numericCode).toBe('004');
  });

  it.each(['gb', 'gB', 'Gb'])('is found by its code in any case, such as %s', async iso2Code => {
    const { country } = await app.ask('query ($iso2Code: String!) { country(iso2Code: $iso2Code) { iso2Code } }', {
      iso2Code,
    });
    expect(country.iso2Code).toBe('GB');
  });

  it.each(['ZZ', 'XK', 'UK'])('is null for %s, which ISO 3166-1 gives to none', async iso2Code => {
    const { country } = await app.ask('query ($iso2Code: String!) { country(iso2Code: $iso2Code) { id } }', {
      iso2Code,
    });
    expect(country).toBeNull();
  });
});

describe('The countries', () => {
  it('are the 249 of ISO 3166-1, by name', async () => {
    const all: unknown[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { countries } = await app.ask(
        `query ($after: String) { countries(first: 100, after: $after) { nodes { ${fields} } totalCount pageInfo { endCursor hasNextPage } } }`,
        { after },
      );
      expect(countries.totalCount).toBe(249);
      all.push(...countries.nodes);
      [after, more] = [countries.pageInfo.endCursor, countries.pageInfo.hasNextPage];
    }
    expect(all).toEqual(
      await app.database.query(
        `select 'Country_' || iso2_code as id, iso2_code as "iso2Code", iso3_code as "iso3Code",
                numeric_code as "numericCode", name from platform.countries order by name, iso2_code`,
      ),
    );
    expect(all).toHaveLength(249);
  });
});

const refusalsOf = ({ userErrors }: { userErrors: { field: string | null; code: string }[] }) =>
  userErrors.map(({ field, code }) => `${field}: ${code}`);
const kosovo = { iso2Code: 'XK', iso3Code: 'XKX', numericCode: '983', name: 'Kosovo' };
const create = (input: object) => operator.change('createCountry', input, `country { ${fields} }`);
const rename = (input: object) => operator.change('updateCountry', input, `country { ${fields} }`);
const countries = () => app.database.query('select * from platform.countries order by 1');
const nameOf = async (iso2Code: string, by: Caller = app) =>
  (await by.ask('query ($code: String!) { country(iso2Code: $code) { name } }', { code: iso2Code })).country?.name;

describe('An operator of the platform', () => {
  it('adds a country for all shops, its codes in any case and its name without blanks around it', async () => {
    const input = { iso2Code: ' xk', iso3Code: 'xKx ', numericCode: ' 983 ', name: '  Kosovo\n' };
    const { country, userErrors } = await create(input);
    expect([country, userErrors]).toEqual([{ id: 'Country_XK', ...kosovo }, []]);
    for (const caller of [app, operator, app.caller()]) {
      expect(await nameOf('xk', caller)).toBe('Kosovo');
    }
  });

  it('adds a country that addresses may name from then on', async () => {
    const address = { line1: '1 Atlantis Street', city: 'Atlantis', zipCode: 'AT 1', countryCode: 'QM' };
    const open = () =>
      app.change('createStore', { name: 'Atlantis', address }, 'store { address { country { name } } }');
    expect(refusalsOf(await open())).toEqual(['address.countryCode: UNKNOWN_COUNTRY']);
    await create({ iso2Code: 'QM', iso3Code: 'QMA', numericCode: '042', name: 'Atlantis' });
    expect((await open()).store.address.country).toEqual({ name: 'Atlantis' });
  });

  it('renames a country for all shops at once, and the next migration leaves it so', async () => {
    const { country, userErrors } = await rename({ iso2Code: 'ch', name: ' Helvetia ' });
    expect([country, userErrors]).toEqual([
      { id: 'Country_CH', iso2Code: 'CH', iso3Code: 'CHE', numericCode: '756', name: 'Helvetia' },
      [],
    ]);
    expect(await nameOf('CH')).toBe('Helvetia');
    await app.database.query(`delete from platform.countries where iso2_code = 'FR'`);
    const program = run('npx', ['mikro-orm', 'migration:up', '--contextName', 'platform'], {
      DATABASE_URL: app.database.url,
    });
    expect(await program.ends()).toBe(0);
    expect([await nameOf('CH'), await nameOf('FR')]).toEqual(['Helvetia', 'France']);
  });

  it.each(['🐋', `'); drop table platform.countries; --`, '<b>', '%'])('may name a country %s', async name => {
    expect((await rename({ iso2Code: 'CH', name })).country.name).toBe(name);
  });
});

describe('A country is refused', () => {
  const free = { iso2Code: 'QZ', iso3Code: 'QZZ', numericCode: '999', name: 'Krikkit' };
  const bad = ['', 'Q', 'Q1', 'Q Z', 'ß', 'ﬁ', 'ＱＺ', '__', 'Q\nZ', 'x'.repeat(10_000)];

  it.each([
    ...bad.map(iso2Code => [{ iso2Code }, ['iso2Code: INVALID_COUNTRY_CODE']] as const),
    [{ iso3Code: 'QZ' }, ['iso3Code: INVALID_COUNTRY_CODE']],
    [{ iso3Code: 'Qß' }, ['iso3Code: INVALID_COUNTRY_CODE']],
    [{ numericCode: '99' }, ['numericCode: INVALID_COUNTRY_CODE']],
    [{ numericCode: '-99' }, ['numericCode: INVALID_COUNTRY_CODE']],
    [{ numericCode: '٩٩٩' }, ['numericCode: INVALID_COUNTRY_CODE']],
    [{ iso2Code: 'gb' }, ['iso2Code: CODE_TAKEN']],
    [{ iso3Code: 'gbr' }, ['iso3Code: CODE_TAKEN']],
    [{ numericCode: '826' }, ['numericCode: CODE_TAKEN']],
    [{ name: ' ' }, ['name: REQUIRED']],
    [{ name: 'x'.repeat(201) }, ['name: TOO_LONG']],
    [
      { iso2Code: '', iso3Code: '', numericCode: '' },
      ['iso2Code: INVALID_COUNTRY_CODE', 'iso3Code: INVALID_COUNTRY_CODE', 'numericCode: INVALID_COUNTRY_CODE'],
    ],
    [
      { iso2Code: 'GB', iso3Code: 'Q', numericCode: '826', name: '' },
      ['iso3Code: INVALID_COUNTRY_CODE', 'iso2Code: CODE_TAKEN', 'numericCode: CODE_TAKEN', 'name: REQUIRED'],
    ],
  ])('with %j, and none is added', async (changes, refusals) => {
    const before = await countries();
    const answer = await create({ ...free, ...changes });
    expect(refusalsOf(answer)).toEqual(refusals);
    expect(answer.country).toBeNull();
    expect(answer.userErrors.every(({ message }) => message.length < 200)).toBe(true);
    expect(await countries()).toEqual(before);
  });

  it.each([
    [{ iso2Code: 'QZ', name: 'Krikkit' }, ['iso2Code: UNKNOWN_COUNTRY']],
    [{ iso2Code: 'GBR', name: 'Krikkit' }, ['iso2Code: INVALID_COUNTRY_CODE']],
    [{ iso2Code: 'GB', name: ' ' }, ['name: REQUIRED']],
    [{ iso2Code: 'GB', name: 'x'.repeat(201) }, ['name: TOO_LONG']],
    [{ iso2Code: 'QZ', name: '' }, ['iso2Code: UNKNOWN_COUNTRY', 'name: REQUIRED']],
  ])('another name by %j, and it keeps its own', async (input, refusals) => {
    const before = await countries();
    const answer = await rename(input);
    expect(refusalsOf(answer)).toEqual(refusals);
    expect(answer.country).toEqual(input.iso2Code === 'GB' ? expect.objectContaining({ iso3Code: 'GBR' }) : null);
    expect(await countries()).toEqual(before);
  });

  it('other codes: a new name is all that can be given', async () => {
    const query = 'mutation ($input: UpdateCountryInput!) { updateCountry(input: $input) { userErrors { code } } }';
    const { errors } = await operator.send(query, { input: { iso2Code: 'GB', iso3Code: 'UKX', name: 'x' } });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('to ten who add it at once, but one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        create({ iso2Code: 'QX', iso3Code: 'QXX', numericCode: '998', name: `Number ${index}` }),
      ),
    );
    const refused = answers.filter(({ userErrors }) => userErrors.length > 0);
    expect(refused).toHaveLength(9);
    for (const answer of refused) {
      expect(refusalsOf(answer)).toEqual(['iso2Code: CODE_TAKEN', 'iso3Code: CODE_TAKEN', 'numericCode: CODE_TAKEN']);
    }
    const [added] = answers.filter(({ userErrors }) => userErrors.length === 0);
    expect(await nameOf('QX')).toBe(added!.country.name);
  });

  it('to the people of a shop, owners among them, and to those who have not signed in', async () => {
    const before = await countries();
    for (const mutation of [
      'createCountry(input: { iso2Code: "QZ", iso3Code: "QZZ", numericCode: "999", name: "Krikkit" })',
      'updateCountry(input: { iso2Code: "GB", name: "Krikkit" })',
    ]) {
      const codes = async (caller: Caller) =>
        (await caller.send(`mutation { ${mutation} { userErrors { code } } }`)).errors?.map(
          ({ extensions }) => extensions.code,
        );
      for (const role of [Role.OWNER, Role.MANAGER, Role.CLERK, Role.ANALYST]) {
        expect(await codes(await app.as(role))).toEqual(['FORBIDDEN']);
      }
      expect(await codes(app.caller())).toEqual(['UNAUTHENTICATED']);
    }
    expect(await countries()).toEqual(before);
  });
});
