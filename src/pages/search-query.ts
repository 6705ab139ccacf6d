/** What one word of a query may stand as in a text: any of these lexemes. */
export type Alternatives = readonly string[];

/** Queries of PostgreSQL's full text search for pages or for products; see `search_vector` in migrations/platform. */
export interface TextQuery {
  /** Finds and ranks texts. */
  terms: string;
  /** Finds texts that have all words in their titles. */
  titleTerms: string;
}

/** Queries for texts that have each of several words in one of its forms; undefined when a word has none. */
export function textQuery(language: string, words: readonly Alternatives[]): TextQuery | undefined {
  if (words.length === 0 || words.some(alternatives => alternatives.length === 0)) {
    return undefined;
  }
  return {
    terms: allOf(words, `${language}:`),
    titleTerms: allOf(words, `${language}=`),
  };
}

function allOf(words: readonly Alternatives[], tag: string): string {
  return words.map(alternatives => `(${alternatives.map(lexeme => literal(tag + lexeme)).join(' | ')})`).join(' & ');
}

/** A lexeme as a query's text has it, whatever characters it holds. */
function literal(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
}
