import type { EntityClass } from '@mikro-orm/core';
import type { Reader } from '../database/reader.js';
import { Product } from '../products/product.entity.js';
import { Page } from './page.entity.js';
import { type Alternatives, type TextQuery, textQuery } from './search-query.js';
import {
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
 * Texts of each kind that are ranked at the most: so many that have the words in their titles, and so many others. Which,
 * when there are more, is left to the database; to rank a hundred thousand would take a second.
 */
const maxCandidates = 100;

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
  const found = new Map<string, FoundText>();
  const add = async (related: readonly RelatedWord[], bonus: number) => {
    const queries = queriesFor(words, related, language);
    for (const { type, key, rank } of await readTexts(reader, queries, first + found.size)) {
      if (!found.has(key)) {
        found.set(key, {
          type,
          key,
          rank: bonus + rank,
          ...(type === 'Page' ? queries.pageText : queries.productText),
        });
      }
    }
  };
  await add([], 2);
  if (found.size < first) {
    const completions = await readCompletions(reader, names.length > shortQuery ? names.slice(-1) : names, language);
    if (completions.length > 0) {
      await add(completions, 1);
    }
    if (found.size < Math.min(first, few)) {
      const corrections = await readCorrections(reader, names, language);
      if (corrections.length > 0) {
        await add([...completions, ...corrections], 0);
      }
    }
  }
  // Each step ranks below the ones before it.
  return [...found.values()].slice(0, first);
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
  const inProducts = words.map(({ word, forms }) =>
    distinct([word, ...forms, ...relatedTo(word).map(other => other.related)]),
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
    `select id as key, rank from platform.search_texts($1::text::regclass, $2::text::tsquery, $3::text::tsquery, ${maxCandidates})
     order by rank desc, id limit $4::int`,
    [reader.table(entity).name, terms, titleTerms, limit],
  );
  return rows.map(row => ({ type, ...row }));
}
