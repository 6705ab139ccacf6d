import type { Reader } from '../database/reader.js';
import { SearchWord } from './search-word.entity.js';

/** Words of a query that are looked for, stop words only without others; those behind them are left out. */
const maxWords = 5;

/** Words of products that have the stem of a query's word, at the most; the words of a query share this number. */
export const maxForms = 20;

/** Words that a beginning or a typo leads to at the most. */
const maxCompletions = 10;
const maxCorrections = 4;

/** Words of a query that are corrected: with more typos, nothing is found. */
const maxCorrected = 3;

/** What the dictionary is searched for: the language of the pages, and its text search configuration. */
export interface SearchLanguage {
  code: string;
  configuration: string;
}

/** A word of a query, and what a text that has it may hold. */
export interface QueryWord {
  word: string;
  /** Its stems in the language; none for a stop word, such as "the". */
  lexemes: string[];
  /** The words of products that have the same stem, since products are not stemmed. */
  forms: string[];
  /** Whether a text of the language, or a product, has or had the word as it stands. */
  isKnown: boolean;
}

/** A word that texts have, to which a word of a query leads. */
export interface RelatedWord {
  /** The word of the query. */
  word: string;
  related: string;
  lexemes: string[];
}

/** The last character, so that a prefix and this end the range of the words that begin with the prefix. */
const last = `U&'\\+10FFFF'`;

/** The distinct words of a query, in their order; of many those that tell texts apart. */
export function readQueryWords(
  reader: Reader,
  query: string,
  { code, configuration }: SearchLanguage,
): Promise<QueryWord[]> {
  return reader.run<QueryWord>(
    `select w.word, w.lexemes, array(
       select s.word from (
         select s.word from ${reader.table(SearchWord).name} s
         where s.language = '' and length(w.lexemes[1]) >= 3
           -- The last letter of a stem may be another than that of its words: "poetri" of "poetry".
           and s.word >= left(w.lexemes[1], greatest(3, length(w.lexemes[1]) - 1))
           and s.word < left(w.lexemes[1], greatest(3, length(w.lexemes[1]) - 1)) || ${last}
           and length(s.word) <= length(w.word) + 4
         limit 200) s
       where tsvector_to_array(to_tsvector($2::text::regconfig, s.word)) && w.lexemes limit ${maxForms}) as forms,
       exists (select from ${reader.table(SearchWord).name} s
               where s.word = w.word and s.language in ($3::text, '')) as "isKnown"
     from (select *, tsvector_to_array(to_tsvector($2::text::regconfig, word)) as lexemes
           from (select word, min(place) as place
                 from string_to_table(platform.search_text($1::text), ' ') with ordinality q(word, place)
                 where word <> '' group by word) q
           order by to_tsvector($2::text::regconfig, word) = '', place limit ${maxWords}) w
     order by w.place`,
    [query, configuration, code],
  );
}

/**
 * Words that begin with these: those of titles first, then the shortest. A beginning of one or two letters leads to words
 * of titles alone, since there are too many others; those of one letter come in the order of an index of their own.
 */
export function readCompletions(
  reader: Reader,
  words: readonly string[],
  { code, configuration }: SearchLanguage,
): Promise<RelatedWord[]> {
  const table = reader.table(SearchWord).name;
  return reader.run<RelatedWord>(
    `select distinct w.word, c.related, tsvector_to_array(to_tsvector($3::text::regconfig, c.related)) as lexemes
     from unnest($1::text[]) w(word) cross join lateral (
       (select s.word as related from ${table} s
        where length(w.word) > 1 and (length(w.word) > 2 or s.in_title)
          and s.word > w.word and s.word < w.word || ${last} and s.language in ($2::text, '')
        group by s.word order by bool_or(s.in_title) desc, length(s.word), s.word limit ${maxCompletions})
       union all
       (select s.word from ${table} s
        where length(w.word) = 1 and s.in_title and left(s.word, 1) = w.word
          and s.word <> w.word and s.language in ($2::text, '')
        order by left(s.word, 1), length(s.word), s.word limit ${maxCompletions})) c`,
    [words, code, configuration],
  );
}

/**
 * Words that may have been meant by some of these: by those of at least four letters and no digit, the ones that
 * no text has before others. With more such words than are corrected, nothing could be found.
 */
export async function readCorrections(
  reader: Reader,
  words: readonly QueryWord[],
  language: SearchLanguage,
): Promise<RelatedWord[]> {
  const unknown = words.filter(({ isKnown }) => !isKnown);
  if (unknown.length > maxCorrected) {
    return [];
  }
  const corrected = [...unknown, ...words.filter(({ isKnown }) => isKnown)]
    .map(({ word }) => word)
    .filter(word => word.length >= 4 && word.length <= 40 && !/[0-9]/.test(word))
    .slice(0, maxCorrected);
  return (await Promise.all(corrected.map(word => readCorrectionsOf(reader, word, language)))).flat();
}

function readCorrectionsOf(
  reader: Reader,
  word: string,
  { code, configuration }: SearchLanguage,
): Promise<RelatedWord[]> {
  return reader.run<RelatedWord>(
    `select $1::text as word, related, tsvector_to_array(to_tsvector($3::text::regconfig, related)) as lexemes
     from platform.similar_words($4::text::regclass, array[$2::text, ''], $1::text, ${maxCorrections}) c(related)`,
    [word, code, configuration, reader.table(SearchWord).name],
  );
}
