import type { EntityClass } from '@mikro-orm/core';
import type { Reader } from '../database/reader.js';
import { Product } from '../products/product.entity.js';
import { Page } from './page.entity.js';
import { type Alternatives, type TextQuery, textQuery } from './search-query.js';
import {
  maxForms,
  type QueryWord,
  readCompletions,
  readCorrections,
  readQueryWords,
  type RelatedWord,
  type SearchLanguage,
} from './search-words.js';

/** A page or a product that a search found. */
export interface FoundText {
  type: 'Page' | 'Product';
  key: string;
  /** How well it fits; greater is better. */
  rank: number;
  /** What of it fits, as lexemes of its own text search configuration. */
  lexemes: ReadonlySet<string>;
  configuration: string;
}

/**
 * Texts of each kind that are ranked, or as many as are wanted: so many that have the words in their titles, and so many
 * others. Which, when there are more, is left to the database; to rank a hundred thousand would take a second.
 */
const fewestCandidates = 60;

/** A query of up to so many words may begin any of them; of a longer one the last word is what is being typed. */
const shortQuery = 3;

/** With fewer texts than this, words that may have been meant are looked for as well. */
const few = 5;

/** Products are not stemmed: nobody declared their language. */
const productConfiguration = 'pg_catalog.simple';

/**
 * Searches pages of a language and products that can be ordered, the best first. They have all words of the query: as they
 * were typed or in another form; when that finds too little, begun by them; and when that finds few, misspelt.
 */
export async function searchGuide(
  reader: Reader,
  query: string,
  language: SearchLanguage,
  first: number,
): Promise<FoundText[]> {
  const words = withoutStopWords(await readQueryWords(reader, query, language));
  if (words.length === 0) {
    return [];
  }
  const names = words.map(({ word }) => word);
  const search = async (related: readonly RelatedWord[], bonus: number): Promise<FoundText[]> => {
    const queries = queriesFor(words, related, language);
    const texts = await readTexts(reader, queries, 2 * first);
    return texts.map(({ type, key, rank }) => ({
      type,
      key,
      rank: bonus + rank,
      ...(type === 'Page' ? queries.pageText : queries.productText),
    }));
  };
  const related = (typos: boolean): Promise<[RelatedWord[], RelatedWord[]]> =>
    Promise.all([
      readCompletions(reader, names.length > shortQuery ? names.slice(-1) : names, language),
      typos ? readCorrections(reader, words, language) : [],
    ]);
  // A word that no text has was begun or mistyped as a rule, so what may be meant is looked for at the same time.
  const [exact, early] = await Promise.all([
    search([], 2),
    words.every(({ isKnown }) => isKnown) ? undefined : related(true),
  ]);
  // Each step ranks below the ones before it.
  if (exact.length >= first) {
    return merge([exact], first);
  }
  const [completions, corrections] = early ?? (await related(exact.length < Math.min(first, few)));
  const [begun, misspelt] = await Promise.all([
    completions.length > 0 ? search(completions, 1) : [],
    corrections.length > 0 ? search([...completions, ...corrections], 0) : [],
  ]);
  const found = merge([exact, begun], first);
  return found.length < Math.min(first, few) ? merge([found, misspelt], first) : found;
}

/** The texts of several searches, each once and from the first that found it. */
function merge(searches: readonly FoundText[][], first: number): FoundText[] {
  const byKey = new Map<string, FoundText>();
  for (const text of searches.flat()) {
    if (!byKey.has(text.key)) {
      byKey.set(text.key, text);
    }
  }
  return [...byKey.values()].slice(0, first);
}

/** Words that tell texts apart; all of them when there are no others. */
function withoutStopWords(words: QueryWord[]): QueryWord[] {
  const telling = words.filter(({ lexemes }) => lexemes.length > 0);
  return telling.length > 0 ? telling : words;
}

interface Queries {
  page: TextQuery | undefined;
  product: TextQuery | undefined;
  pageText: Pick<FoundText, 'lexemes' | 'configuration'>;
  productText: Pick<FoundText, 'lexemes' | 'configuration'>;
}

function queriesFor(words: readonly QueryWord[], related: readonly RelatedWord[], language: SearchLanguage): Queries {
  const relatedTo = (word: string) => related.filter(other => other.word === word);
  const inPages = words.map(({ word, lexemes }) =>
    distinct([...lexemes, ...relatedTo(word).flatMap(other => other.lexemes)]),
  );
  const mostForms = Math.ceil(maxForms / words.length);
  const inProducts = words.map(({ word, forms }) =>
    distinct([word, ...forms.slice(0, mostForms), ...relatedTo(word).map(other => other.related)]),
  );
  return {
    page: textQuery(language.code, inPages),
    product: textQuery('', inProducts),
    pageText: { lexemes: new Set(inPages.flat()), configuration: language.configuration },
    productText: { lexemes: new Set(inProducts.flat()), configuration: productConfiguration },
  };
}

function distinct(lexemes: string[]): Alternatives {
  return [...new Set(lexemes)];
}

interface RankedText {
  type: FoundText['type'];
  key: string;
  rank: number;
}

/** Reads the best of what fits, by their ids where they fit equally well. Both kinds are read at once, each by itself. */
async function readTexts(reader: Reader, { page, product }: Queries, limit: number): Promise<RankedText[]> {
  const found = await Promise.all([
    page ? rankTexts(reader, 'Page', Page, page, limit) : [],
    product ? rankTexts(reader, 'Product', Product, product, limit) : [],
  ]);
  return found
    .flat()
    .sort((a, b) => b.rank - a.rank || (a.key < b.key ? -1 : 1))
    .slice(0, limit);
}

async function rankTexts(
  reader: Reader,
  type: FoundText['type'],
  entity: EntityClass<object>,
  { terms, titleTerms }: TextQuery,
  limit: number,
): Promise<RankedText[]> {
  const rows = await reader.run<Omit<RankedText, 'type'>>(
    `select id as key, rank from platform.search_texts($1::text::regclass, $2::text::tsquery, $3::text::tsquery, $5::int)
     order by rank desc, id limit $4::int`,
    [reader.table(entity).name, terms, titleTerms, limit, Math.max(fewestCandidates, limit)],
  );
  return rows.map(row => ({ type, ...row }));
}
