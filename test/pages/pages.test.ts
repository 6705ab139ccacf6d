import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

let number = 0;
const page = (changes: object = {}) => ({
  title: 'Dolphins',
  url: `/guide/en/dolphins-${(number += 1)}`,
  language: 'en',
  body: 'They left with thanks.',
  ...changes,
});
const fields = 'page { id title url language body lastUpdated version }';
const unknown = 'Page_00000000-0000-7000-8000-000000000000';

async function create(changes: object = {}) {
  const payload = await app.change('createPage', page(changes), fields);
  expect(payload.userErrors).toEqual([]);
  return payload['page'];
}

const read = async (id: string) =>
  (await app.ask(`query ($id: ID!) { page(id: $id) { id title url language body lastUpdated version } }`, { id })).page;

describe('A page', () => {
  test('is written with what is given, trimmed, at this moment', async () => {
    const before = Date.now();
    const written = await create({
      title: ' Dolphins ',
      url: ' https://shop.example/dolphins?x=1#y ',
      body: ' Thanks. ',
    });
    expect(written).toEqual({
      id: expect.stringMatching(/^Page_/),
      title: 'Dolphins',
      url: 'https://shop.example/dolphins?x=1#y',
      language: 'en',
      body: 'Thanks.',
      lastUpdated: expect.any(String),
      version: 1,
    });
    expect(Date.parse(written.lastUpdated)).toBeGreaterThanOrEqual(before);
    expect(await read(written.id)).toEqual(written);
  });

  test('is changed in what is given alone, and is newer by that', async () => {
    const written = await create();
    const payload = await app.change('updatePage', { id: written.id, expectedVersion: 1, body: 'Gone.' }, fields);
    expect(payload).toMatchObject({
      userErrors: [],
      page: { ...written, body: 'Gone.', version: 2, lastUpdated: expect.any(String) },
    });
    expect(payload['page'].lastUpdated > written.lastUpdated).toBe(true);
  });

  test('keeps its version and its time when nothing of it changes', async () => {
    const written = await create();
    const { title, url, language, body } = written;
    expect((await app.change('updatePage', { id: written.id, title, url, language, body }, fields))['page']).toEqual(
      written,
    );
  });

  test('moves to another language with its words', async () => {
    const { id } = await create({ title: 'Kaptajnen', body: 'Badekarrene' });
    await app.change('updatePage', { id, language: 'da' });
    const [row] = await app.database.query('select search_configuration, search::text from pages where id = $1', [
      id.slice('Page_'.length),
    ]);
    expect(row).toEqual({ search_configuration: 'danish', search: expect.stringContaining(`'da:badekar':2`) });
  });

  test('is deleted for good', async () => {
    const { id } = await create();
    expect(await app.change('deletePage', { id, expectedVersion: 1 }, 'deletedId')).toMatchObject({
      deletedId: id,
      userErrors: [],
    });
    expect(await read(id)).toBeNull();
    expect((await app.change('deletePage', { id })).userErrors).toMatchObject([{ code: 'UNKNOWN_PAGE', field: 'id' }]);
  });

  test('takes a text of a hundred thousand characters, whatever they are', async () => {
    for (const text of [
      'x'.repeat(100_000),
      '象 '.repeat(50_000).trim().padEnd(100_000, '象'),
      '㏂ㅤ'.repeat(50_000),
      '🐋'.repeat(50_000),
    ]) {
      const { id } = await create({ body: text });
      expect((await read(id)).body).toBe(text);
    }
    const distinct = Array.from({ length: 20_000 }, (_, index) => String.fromCodePoint(0x20000 + index)).join(' ');
    await create({ body: distinct });
  });

  const places = 'url: INVALID_URL';
  test.each([
    ['a blank title', { title: ' ' }, 'title: REQUIRED'],
    ['a title without end', { title: 'x'.repeat(201) }, 'title: TOO_LONG'],
    ['a blank text', { body: ' ' }, 'body: REQUIRED'],
    ['a text without end', { body: 'x'.repeat(100_001) }, 'body: TOO_LONG'],
    ['a language that there is not', { language: 'vogon' }, 'language: UNKNOWN_LANGUAGE'],
    ['a language in capitals', { language: 'EN' }, 'language: UNKNOWN_LANGUAGE'],
    ['a language named as a property of every object', { language: '__proto__' }, 'language: UNKNOWN_LANGUAGE'],
    ['no URL', { url: '' }, places],
    ['a URL without its beginning', { url: 'guide/towel' }, places],
    ['a URL that runs a script', { url: 'javascript:alert(1)' }, places],
    ['a URL of another site that looks like a path', { url: '//evil.example/' }, places],
    ['the same with backslashes', { url: '/\\evil.example' }, places],
    ['a URL with a password', { url: 'https://ford:towel@shop.example/' }, places],
    ['a URL with a blank', { url: '/a b' }, places],
    ['a URL without a host', { url: 'https://' }, places],
    ['a URL without end', { url: `/${'å'.repeat(1000)}` }, places],
    ['a URL that another has', { url: '/guide/en/towel' }, 'url: URL_TAKEN'],
  ])('with %s is refused, when it is written and when it is changed', async (_what, changes, refusal) => {
    const shown = (payload: { userErrors: { field: string | null; code: string }[] }) =>
      payload.userErrors.map(({ field, code }) => `${field}: ${code}`);
    expect(shown(await app.change('createPage', page(changes)))).toEqual([refusal]);
    const { id } = await create();
    expect(shown(await app.change('updatePage', { id, ...changes }))).toEqual([refusal]);
    expect((await read(id)).version).toBe(1);
  });

  test('of an unknown language is told which there are', async () => {
    const { userErrors } = await app.change('createPage', page({ language: 'fr' }));
    expect(userErrors[0]!.message).toBe('The Guide has no language "fr"; there are en, da.');
  });

  test.each(['title', 'url', 'language', 'body'])('cannot lose its %s', async field => {
    const { id } = await create();
    expect((await app.change('updatePage', { id, [field]: null })).userErrors).toMatchObject([{ field }]);
  });

  test.each(['updatePage', 'deletePage'])('that there is not is refused by %s', async mutation => {
    expect(await app.change(mutation, { id: unknown }, 'page { id }')).toMatchObject({
      page: null,
      userErrors: [{ code: 'UNKNOWN_PAGE', field: 'id' }],
    });
  });

  test.each(['updatePage', 'deletePage'])('of another version is a conflict for %s', async mutation => {
    const { id } = await create();
    await app.change('updatePage', { id, title: 'So long' });
    expect(await app.change(mutation, { id, expectedVersion: 1 }, 'page { title version }')).toMatchObject({
      page: { title: 'So long', version: 2 },
      userErrors: [{ code: 'VERSION_CONFLICT', currentVersion: 2 }],
    });
  });
});

describe('Pages', () => {
  test('are listed by language', async () => {
    const { en, da } = await app.ask(
      '{ en: pages(language: "en", first: 100) { nodes { language } } da: pages(language: "da") { totalCount nodes { language } } }',
    );
    expect(new Set(en.nodes.map(({ language }: { language: string }) => language))).toEqual(new Set(['en']));
    expect(da.totalCount).toBe(da.nodes.length);
  });

  test('of a language that there is not are refused', async () => {
    const { errors } = await app.send('{ pages(language: "fr") { totalCount } }');
    expect(errors).toMatchObject([
      { message: 'The Guide has no language "fr"; there are en, da.', extensions: { code: 'UNKNOWN_LANGUAGE' } },
    ]);
  });
});

describe('A language whose text search configuration PostgreSQL has not', () => {
  test.each(['klingon', 'tlhingan.hol'])('is told by its name, %s, by whatever needs it', async configuration => {
    const other = await startTestApp({ settings: { GUIDE_LANGUAGES: `en:english,tlh:${configuration}` } });
    const unavailable = [
      {
        message: `The database has no text search configuration "${configuration}"; who runs this API mends GUIDE_LANGUAGES, or makes it there.`,
        extensions: { code: 'LANGUAGE_UNAVAILABLE' },
      },
    ];
    const searched = await other.send('{ search(query: "nuqneH", language: "tlh") { rank } }');
    expect(searched.errors).toMatchObject(unavailable);
    const written = await other.send(
      'mutation { createPage(input: { title: "a", url: "/a", language: "tlh", body: "b" }) { userErrors { code } } }',
    );
    expect(written.errors).toMatchObject(unavailable);
    expect((await other.send('{ search(query: "towel", language: "en") { rank } }')).errors).toBeUndefined();
    await other.close();
  });
});
