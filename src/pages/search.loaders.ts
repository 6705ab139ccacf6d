import type { Reader } from '../database/reader.js';
import { Product } from '../products/product.entity.js';
import { foldWord, type Piece, piecesOf, type PlacedWord, snippetOf, splitWords } from './highlight.js';
import { Page } from './page.entity.js';
import type { FoundText } from './search-guide.js';

/** A text that was found, with what fits made visible. */
export interface Highlight {
  title: Piece[];
  snippet: Piece[];
}

/** Characters of a page's text in which matches are looked for: behind them, a snippet is not worth the reading. */
const searchedLength = 10_000;

/**
 * What of texts fits, in pieces; undefined for a text that is gone. Whether a word does is for the database to say, since it alone
 * knows stems.
 */
export async function highlightOf(reader: Reader, found: readonly FoundText[]): Promise<(Highlight | undefined)[]> {
  const read = await readTexts(reader, found);
  const texts = found.map(({ key }) => {
    const text = read.get(key);
    return text && { title: splitWords(text.title), body: splitWords(text.body) };
  });
  const candidates = texts.map((text, index) =>
    text ? likelyWords(found[index]!, [...text.title.words, ...text.body.words]) : [],
  );
  const stems = await readStems(reader, found, candidates);
  return texts.map((text, index) => {
    const hit = found[index]!;
    const matches = new Set(
      candidates[index]!.filter(word => stems.get(keyOf(hit, word))?.some(stem => hit.lexemes.has(stem))),
    );
    return text && { title: piecesOf(text.title, matches), snippet: snippetOf(text.body, matches) };
  });
}

/** Where a text of each type has its title and its body. */
const places = {
  Page: { entity: Page, title: 'title', body: 'body' },
  Product: { entity: Product, title: 'name', body: 'description' },
} as const;

interface Text {
  key: string;
  title: string;
  body: string;
}

/** The titles and the beginnings of texts, by their keys. */
async function readTexts(reader: Reader, found: readonly FoundText[]): Promise<Map<string, Text>> {
  const read = await Promise.all(
    Object.entries(places).map(async ([type, { entity, title, body }]) => {
      const keys = found.filter(text => text.type === type).map(({ key }) => key);
      const table = reader.table(entity);
      return keys.length === 0
        ? []
        : reader.run<Text>(
            `select ${table.column('id')} as key, ${table.column(title)} as title, left(${table.column(body)}, ${searchedLength}) as body
             from ${table.name} where ${table.column('id')} = any($1::uuid[])`,
            [keys],
          );
    }),
  );
  return new Map(read.flat().map(text => [text.key, text]));
}

/** Words that may have one of a hit's stems: a stem begins as its words do. */
function likelyWords({ lexemes }: FoundText, placed: readonly PlacedWord[]): string[] {
  const beginnings = [...lexemes].map(lexeme => lexeme.slice(0, 3));
  const words = new Set(placed.map(({ word }) => word));
  return [...words].filter(word => {
    const folded = foldWord(word);
    return beginnings.some(beginning => folded.startsWith(beginning));
  });
}

/** The stems of words, each by the text search configuration of its hit. */
async function readStems(
  reader: Reader,
  found: readonly FoundText[],
  words: readonly string[][],
): Promise<Map<string, string[]>> {
  const asked = new Map(
    found.flatMap((hit, index) => words[index]!.map(word => [keyOf(hit, word), { hit, word }] as const)),
  );
  if (asked.size === 0) {
    return new Map();
  }
  const values = [...asked.values()];
  const rows = await reader.run<{ configuration: string; word: string; stems: string[] }>(
    `select configuration, word,
       tsvector_to_array(to_tsvector(configuration::regconfig, platform.search_text(word))) as stems
     from unnest($1::text[], $2::text[]) as words(configuration, word)`,
    [values.map(({ hit }) => hit.configuration), values.map(({ word }) => word)],
  );
  return new Map(rows.map(row => [keyOf(row, row.word), row.stems]));
}

function keyOf({ configuration }: { configuration: string }, word: string): string {
  return `${configuration} ${word}`;
}
