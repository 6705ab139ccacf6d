import type { Reader } from '../database/reader.js';
import { invalidSearch } from '../errors.js';
import { checkSize } from '../graphql/paging.js';
import { configurationOf, type Languages, usingConfiguration } from './languages.js';
import { type FoundText, searchGuide } from './search-guide.js';

/** Characters of a query at the most: far more than a person types. */
export const maxQuery = 1000;

/** What somebody looks for. */
export interface SearchRequest {
  query: string;
  language: string;
  first: number;
}

/**
 * Checks a search, and gives what carries it out.
 * @throws DomainError UNKNOWN_LANGUAGE, INVALID_PAGE or INVALID_SEARCH; LANGUAGE_UNAVAILABLE when it is carried out
 */
export function prepareSearch(
  languages: Languages,
  { query, language, first }: SearchRequest,
): (reader: Reader) => Promise<FoundText[]> {
  const configuration = configurationOf(languages, language);
  const size = checkSize('first', first);
  const text = checkQuery(query);
  return reader =>
    usingConfiguration(configuration, () => searchGuide(reader, text, { code: language, configuration }, size));
}

/** A query, when it is one; blanks of all kinds are spaces. */
function checkQuery(query: string): string {
  const text = query.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (text === '') {
    throw invalidSearch('query is empty; give at least one word to look for.');
  }
  if (query.length > maxQuery) {
    throw invalidSearch(
      `query has ${query.length} characters, and ${maxQuery} are the most; give the words that matter.`,
    );
  }
  return text;
}
