import type { Batch } from '../database/loaders.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import type { Product } from '../products/product.entity.js';
import { foldWord, type Piece, piecesOf, type PlacedWord, snippetOf, splitWords } from './highlight.js';
import type { Page } from './page.entity.js';
import { readBodies } from './page.loaders.js';
import type { FoundText } from './search-guide.js';

/** A text that was found, with its row. */
export interface Hit extends FoundText {
  item: (Row<Page> & { __typename: 'Page' }) | (Row<Product> & { __typename: 'Product' });
}

/** A hit with what fits made visible. */
export interface Highlight {
  title: Piece[];
  snippet: Piece[];
}

/** Characters of a page's text in which matches are looked for: behind them, a snippet is not worth the reading. */
const searchedLength = 10_000;

/** What of hits fits, in pieces. Whether a word does is for the database to say, since it alone knows stems. */
export const highlightOfHit: Batch<Hit, Highlight> = async (reader, hits) => {
  const bodies = await bodiesOf(reader, hits);
  const texts = hits.map(({ item }, index) => ({
    title: splitWords(item.__typename === 'Page' ? item.title : item.name),
    body: splitWords(bodies[index]!),
  }));
  const candidates = texts.map(({ title, body }, index) => likelyWords(hits[index]!, [...title.words, ...body.words]));
  const stems = await readStems(reader, hits, candidates);
  return texts.map(({ title, body }, index) => {
    const hit = hits[index]!;
    const matches = new Set(
      candidates[index]!.filter(word => stems.get(keyOf(hit, word))?.some(stem => hit.lexemes.has(stem))),
    );
    return { title: piecesOf(title, matches), snippet: snippetOf(body, matches) };
  });
};

async function bodiesOf(reader: Reader, hits: readonly Hit[]): Promise<string[]> {
  const keys = hits.filter(({ type }) => type === 'Page').map(({ key }) => key);
  const bodies = keys.length > 0 ? await readBodies(reader, keys, searchedLength) : [];
  const byKey = new Map(keys.map((key, index) => [key, bodies[index]!]));
  return hits.map(({ key, item }) => (item.__typename === 'Product' ? item.description : byKey.get(key)!));
}

/** Words that may have one of a hit's stems: a stem begins as its words do. */
function likelyWords({ lexemes }: Hit, placed: readonly PlacedWord[]): string[] {
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
  hits: readonly Hit[],
  words: readonly string[][],
): Promise<Map<string, string[]>> {
  const asked = new Map(
    hits.flatMap((hit, index) => words[index]!.map(word => [keyOf(hit, word), { hit, word }] as const)),
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
