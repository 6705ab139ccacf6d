import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from './support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ data: 'empty' });
});
afterAll(() => app.close());

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
