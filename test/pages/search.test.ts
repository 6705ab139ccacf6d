import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../support/app.js';

interface Piece {
  text: string;
  isMatch: boolean;
}

interface Hit {
  rank: number;
  title: Piece[];
  snippet: Piece[];
  item: { __typename: 'Page' | 'Product'; id: string; language?: string };
}

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const selection = `rank title { text isMatch } snippet { text isMatch }
  item { __typename ... on Page { id language } ... on Product { id sku } }`;

async function search(query: string, language = 'en', first?: number): Promise<Hit[]> {
  const text = `query ($query: String!, $language: String!, $first: Int! = 20) {
    search(query: $query, language: $language, first: $first) { ${selection} } }`;
  return (await app.ask(text, { query, language, ...(first && { first }) })).search;
}

const join = (pieces: Piece[]) => pieces.map(({ text }) => text).join('');
const matches = (pieces: Piece[]) => pieces.filter(({ isMatch }) => isMatch).map(({ text }) => text);
const titles = (hits: Hit[]) => hits.map(({ item, title }) => `${item.__typename} ${join(title)}`);

let number = 0;
async function write(title: string, body = 'x', language = 'en'): Promise<string> {
  const url = `/search/${(number += 1)}`;
  const payload = await app.change('createPage', { title, url, language, body }, 'page { id }');
  expect(payload.userErrors).toEqual([]);
  return payload['page'].id;
}

async function sell(name: string, description = ''): Promise<string> {
  const sku = `SOLD-${(number += 1)}`;
  const input = { sku, name, description, price: '1', currencyCode: 'USD' };
  return (await app.change('createProduct', input, 'product { id }'))['product'].id;
}

describe('A search', () => {
  test('finds pages of its language and products, each of its type', async () => {
    expect(titles(await search('towel')).sort()).toEqual(['Page Towel', 'Product Beach Towel']);
    expect(titles(await search('håndklæde', 'da'))).toEqual(['Page Håndklæde']);
    expect(titles(await search('towel', 'da'))).toEqual(['Product Beach Towel']);
  });

  test.each([
    ['in another form', 'towels', 'en', 'Page Towel'],
    ['in another form than a product’s', 'anthologies', 'en', 'Product Vogon Poetry Anthology'],
    ['in another form, in Danish', 'håndklæderne', 'da', 'Page Håndklæde'],
    ['in capitals', 'TOWEL', 'en', 'Page Towel'],
    ['without accents', 'handklaede', 'da', 'Page Håndklæde'],
    ['with accents that it has not', 'tôwél', 'en', 'Page Towel'],
    ['decomposed', 'ha\u030Andklæde', 'da', 'Page Håndklæde'],
    ['with an apostrophe of another kind', "don't panic", 'en', 'Page Don’t Panic'],
    ['with stop words between', 'the towel of a', 'en', 'Page Towel'],
    ['by its beginning', 'tow', 'en', 'Page Towel'],
    ['by one letter', 't', 'en', 'Page Towel'],
    ['by two letters', 'to', 'en', 'Page Towel'],
    ['by its beginning, in Danish', 'babelf', 'da', 'Page Babelfisken'],
    ['of a product by its beginning, in Danish', 'browni', 'da', 'Product Brownian Motion Tea Set'],
    ['of a product by its beginning', 'nutri', 'da', 'Product Nutri-Matic Drinks Synthesizer'],
    ['of a product by its SKU', 'TEA-BROWNIAN', 'en', 'Product Brownian Motion Tea Set'],
    ['with a typo', 'tolwe', 'en', 'Page Towel'],
    ['with a letter too many', 'towwel', 'en', 'Page Towel'],
    ['with a letter too few', 'towl', 'en', 'Page Towel'],
    ['with a wrong letter', 'towek', 'en', 'Page Towel'],
    ['of which one has a typo', 'vogno poetry', 'en', 'Page Vogon Poetry'],
    ['of a product, each with a typo', 'nutri matik drnks', 'da', 'Product Nutri-Matic Drinks Synthesizer'],
    ['with a typo, in Danish', 'hånkdlæde', 'da', 'Page Håndklæde'],
    ['of a product with a typo, in Danish', 'anthlogy', 'da', 'Product Vogon Poetry Anthology'],
  ])('finds words %s: %s', async (_how, query, language, expected) => {
    expect(titles(await search(query, language, 100))).toContain(expected);
  });

  test('leads with what is meant', async () => {
    expect(
      titles(await search('tow'))
        .slice(0, 2)
        .sort(),
    ).toEqual(['Page Towel', 'Product Beach Towel']);
    expect(titles(await search('tolwe'))[0]).toMatch(/Towel$/);
    expect(
      titles(await search('vogno poetry'))
        .slice(0, 2)
        .sort(),
    ).toEqual(['Page Vogon Poetry', 'Product Vogon Poetry Anthology']);
  });

  test('of more than three words takes the last alone for a beginning', async () => {
    expect(titles(await search('hitchhiker blanket sail curt'))).toEqual(['Page Towel']);
    expect(titles(await search('hitchhi blanket sail curtain'))).toEqual([]);
  });

  test('needs all words, wherever they stand', async () => {
    await write('Krikkit robots', 'They carry a wicket.');
    expect(titles(await search('robots wicket'))).toEqual(['Page Krikkit robots']);
    expect(titles(await search('robots towel'))).toEqual([]);
  });

  test('puts titles before texts, words before beginnings and beginnings before typos', async () => {
    await write('Zarniwoopian', 'A beginning.');
    await write('Zarnewoop', 'A typo.');
    await write('An office', 'Where zarniwoop is on a cruise, and zarniwoop says so, as does zarniwoop.');
    await write('Zarniwoop', 'A title.');
    const hits = await search('zarniwoop');
    expect(titles(hits)).toEqual(['Page Zarniwoop', 'Page An office', 'Page Zarniwoopian', 'Page Zarnewoop']);
    const ranks = hits.map(({ rank }) => rank);
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
    expect(ranks.map(Math.floor)).toEqual([2, 2, 1, 0]);
  });

  test('does not look for typos where enough is found', async () => {
    for (let page = 0; page < 5; page += 1) {
      await write(`Fenchurch ${page}`);
    }
    await write('Fanchurch');
    expect(titles(await search('fenchurch'))).not.toContain('Page Fanchurch');
    expect(titles(await search('fanchurch'))).toContain('Page Fenchurch 0');
  });

  test('finds what was changed by its new words alone', async () => {
    const id = await write('Lamuella');
    await app.change('updatePage', { id, title: 'Sqornshellous' });
    expect(titles(await search('lamuella'))).toEqual([]);
    expect(titles(await search('sqornsh'))).toEqual(['Page Sqornshellous']);
    await app.change('deletePage', { id });
    expect(titles(await search('sqornshellous'))).toEqual([]);
  });

  test('finds a product until it is retired, and by its new name', async () => {
    const id = await sell('Flarblegup');
    expect(titles(await search('flarblegup'))).toEqual(['Product Flarblegup']);
    await app.change('updateProduct', { id, name: 'Grebulon' });
    expect(titles(await search('grebu', 'da'))).toEqual(['Product Grebulon']);
    await app.change('retireProduct', { id });
    expect(titles(await search('grebulon'))).toEqual([]);
  });

  test('gives as many hits as asked for, the same ones first', async () => {
    for (let page = 0; page < 30; page += 1) {
      await write(`Golgafrincham ${page}`, 'Ark B');
    }
    const all = await search('golgafrincham', 'en', 100);
    expect(all).toHaveLength(30);
    expect(await search('golgafrincham', 'en', 7)).toEqual(all.slice(0, 7));
    expect(await search('golgafrincham')).toEqual(all.slice(0, 20));
  });

  test('gives each hit once', async () => {
    await write('Slartibartfast slartibartfasts', 'slartibartfast slartibartfasst');
    const ids = (await search('slartibartfast', 'en', 100)).map(({ item }) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(1);
  });

  test('ranks titles first when more texts have a word than are ranked', async () => {
    await app.database.query(
      `insert into pages (id, title, url, language, search_configuration, body)
       select gen_random_uuid(), 'Number ' || n, '/many/' || n, 'en', 'english', 'quentulus' from generate_series(1, 600) n;
       insert into pages (id, title, url, language, search_configuration, body)
       values (gen_random_uuid(), 'Quentulus', '/quentulus', 'en', 'english', 'Needle')`,
    );
    expect(titles(await search('quentulus'))[0]).toBe('Page Quentulus');
  });
});

describe('The highlights of a hit', () => {
  test('give the title and a part of the text, with what fits as pieces of their own', async () => {
    const [hit] = await search('bulldozers poetry');
    expect(hit!.title).toEqual([
      { text: 'Vogon ', isMatch: false },
      { text: 'Poetry', isMatch: true },
    ]);
    expect(matches(hit!.snippet)).toEqual(['poetry']);
    expect(join(hit!.snippet)).toMatch(/^Vogon poetry is read aloud.*…$/);
  });

  test.each([
    ['another form', 'håndklæders', 'da', ['Håndklæde']],
    ['a beginning', 'håndkl', 'da', ['Håndklæde']],
    ['no accents', 'handklaede', 'da', ['Håndklæde']],
    ['a typo', 'hånkdlæde', 'da', ['Håndklæde']],
    ['a stop word besides', 'the towels', 'en', ['Towel']],
  ])('mark the words themselves for %s', async (_what, query, language, expected) => {
    const [hit] = (await search(query, language)).filter(({ item }) => item.__typename === 'Page');
    expect(matches(hit!.title)).toEqual(expected);
  });

  test('show the part of a long text with the most matches', async () => {
    const filler = 'mostly harmless '.repeat(200);
    await write('Bartledan', `${filler}wonko ${filler}the sane wonko met wonko ${filler}`);
    const [hit] = await search('wonko');
    const text = join(hit!.snippet);
    expect(matches(hit!.snippet)).toEqual(['wonko', 'wonko']);
    expect(text).toMatch(/^….*the sane wonko met wonko mostly.*…$/);
    expect(text.length).toBeLessThan(220);
  });

  test('are the beginning of a text in which nothing fits', async () => {
    const body = 'Nothing of it here. '.repeat(50);
    await write('Eccentrica', body);
    const [hit] = await search('eccentrica');
    expect(body.startsWith(join(hit!.snippet).replace('…', ''))).toBe(true);
    expect(matches(hit!.snippet)).toEqual([]);
  });

  test('are plain text, whatever it looks like', async () => {
    await write('<b>Hooloovoo</b> & "blue"', 'A <script>hooloovoo</script> \u0001 \uE000 {{x}}');
    const [hit] = await search('hooloovoo');
    expect(join(hit!.title)).toBe('<b>Hooloovoo</b> & "blue"');
    expect(join(hit!.snippet)).toBe('A <script>hooloovoo</script> \u0001 \uE000 {{x}}');
    expect(matches(hit!.title)).toEqual(['Hooloovoo']);
  });

  test('are empty for a product without a description', async () => {
    await sell('Damogran');
    expect((await search('damogran'))[0]).toMatchObject({
      title: [{ text: 'Damogran', isMatch: true }],
      snippet: [],
    });
  });

  test('of one word without blanks are short', async () => {
    await write('Endless', 'y'.repeat(5000));
    expect(join((await search('endless'))[0]!.snippet).length).toBeLessThan(210);
  });
});

describe('A search is refused', () => {
  const refusal = async (query: string, language = 'en', args = '') =>
    (
      await app.send(`query ($q: String!, $l: String!) { search(query: $q, language: $l ${args}) { rank } }`, {
        q: query,
        l: language,
      })
    ).errors;

  test.each(['', ' ', '\n\t\u00a0'])('without a word: %j', async query => {
    expect(await refusal(query)).toMatchObject([
      { message: 'query is empty; give at least one word to look for.', extensions: { code: 'INVALID_SEARCH' } },
    ]);
  });

  test('with more text than a query has', async () => {
    expect(await refusal('x'.repeat(100_000))).toMatchObject([
      {
        message: 'query has 100000 characters, and 1000 are the most; give the words that matter.',
        extensions: { code: 'INVALID_SEARCH' },
      },
    ]);
    expect(await refusal('x'.repeat(1000))).toBeUndefined();
  });

  test.each(['fr', 'EN', '', 'english', '__proto__', "en'--"])(
    'in a language that there is not: "%s"',
    async language => {
      expect(await refusal('towel', language)).toMatchObject([
        { message: expect.stringMatching(/there are en, da\.$/), extensions: { code: 'UNKNOWN_LANGUAGE' } },
      ]);
    },
  );

  test.each([0, -1, 101])('for %i hits', async first => {
    expect(await refusal('towel', 'en', `first: ${first}`)).toMatchObject([{ extensions: { code: 'INVALID_PAGE' } }]);
  });

  test('by the hundred', async () => {
    const many = (count: number) =>
      `{ ${Array.from({ length: count }, (_, n) => `s${n}: search(query: "towel", language: "en") { rank }`).join(' ')} }`;
    expect((await app.send(many(90))).errors).toBeUndefined();
    expect((await app.send(many(101))).errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COSTLY' } }]);
  });
});

describe('Any text can be searched for', () => {
  test.each([
    "'",
    '"',
    '\\',
    "\\'",
    "towel'",
    '& | ! <-> ( ) : *',
    'towel & | fish',
    'towel:*',
    'towel:A',
    '!towel',
    '(towel',
    '<->',
    "'; drop table pages; --",
    '%',
    '_',
    '$1',
    '🐋',
    '🐋 towel',
    '\u202Etowel',
    '象象象',
    'ﬁsh',
    '１２３',
    'a b c d e f g h i j k l m n o p',
    'https://shop.example/a?b=c#d',
    'ford@megadodo.example',
    '<b>towel</b>',
    '&amp;',
    '-42',
    '1e5',
    '\u0301',
    'İstanbul',
  ])('%j', async query => {
    await search(query);
  });

  test('and punctuation around a word does not matter', async () => {
    for (const query of ['towel!', '"towel"', '(towel)', 'towel:*', '¿towel?', '<towel>', 'towel 🐋']) {
      expect(titles(await search(query))).toContain('Page Towel');
    }
  });

  test('words beyond the fifth that tell texts apart are left out', async () => {
    const five = `the ${'towel '.repeat(3)} and hitchhiker packs blanket sail`;
    expect(titles(await search(`${five} xyzzy`))).toEqual(['Page Towel']);
    expect(titles(await search('towel hitchhiker xyzzy'))).toEqual([]);
  });

  test('of whatever characters', async () => {
    const characters = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.string({ unit: 'grapheme', maxLength: 100 }),
      fc
        .array(fc.constantFrom('towel', "'", '\\', '&', '|', '!', ':*', '(', ')', '<->', ' ', 'å', '-', '.', '"'), {
          maxLength: 60,
        })
        .map(parts => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(characters, fc.constantFrom('en', 'da'), async (query, language) => {
        const { errors } = await app.send(
          `query ($query: String!, $language: String!) { search(query: $query, language: $language) { ${selection} } }`,
          { query, language },
        );
        expect(errors?.map(({ extensions }) => extensions.code) ?? []).toEqual(
          query.includes('\0') ? ['INVALID_TEXT'] : query.replace(/[\s\p{Cc}]+/gu, '') === '' ? ['INVALID_SEARCH'] : [],
        );
      }),
      { numRuns: 150, endOnFailure: true },
    );
  });

  test('and any text can be written and highlighted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), async text => {
        const body = `${text.replace(/\0/g, '')} krikkitarium`;
        const id = await write('Any', body);
        const [hit] = await search('krikkitarium');
        const shown = join(hit!.snippet).replace(/^…|…$/g, '');
        expect(body).toContain(shown.trim());
        expect(matches(hit!.snippet)).toContain('krikkitarium');
        await app.change('deletePage', { id });
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
