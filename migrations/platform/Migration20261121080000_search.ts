import { Migration } from '@mikro-orm/migrations';

const extensions = ['pg_trgm', 'unaccent', 'fuzzystrmatch'];

/** Tenants name operators and functions with the schema, so an extension that somebody put elsewhere is of no use. */
const createExtension = (name: string) => `
do $$ begin
  create extension if not exists "${name}" schema "extensions";
  if (select extnamespace from pg_extension where extname = '${name}') <> 'extensions'::regnamespace then
    raise exception 'The extension ${name} is not in the schema extensions; run "alter extension ${name} set schema extensions" as its owner.';
  end if;
end $$;`;

/** Signs that belong to words of Hebrew, Arabic, the scripts of South and Southeast Asia and others, and are no letters. */
const marks = '\\u0300-\\u036f\\u0591-\\u05c7\\u0610-\\u06ed\\u0900-\\u109f\\u1780-\\u17ff';

/**
 * Text as it is searched: in small letters, without accents, with spaces for punctuation, so that a query is cut into the
 * same words as what it looks for. ASCII takes a shorter way. The collation is named since a database of the locale C
 * folds ASCII alone. unaccent is only STABLE, since somebody may change its rules; generated columns need IMMUTABLE. Who
 * changes the rules has to write the rows anew.
 */
const searchText = `
create or replace function "platform"."search_text"(value text) returns text
language plpgsql immutable strict parallel safe as $$
begin
  if octet_length(value) > length(value) then
    if value is not nfkc normalized then
      value := normalize(value, nfkc);
    end if;
    value := extensions.unaccent('extensions.unaccent'::regdictionary, lower(value collate "und-x-icu"));
    return regexp_replace(value collate "und-x-icu", '[^[:alnum:]${marks}]+', ' ', 'g');
  end if;
  return regexp_replace(lower(value collate "C"), '[^a-z0-9]+' collate "C", ' ', 'g');
end
$$;`;

/**
 * What is searched of a title and a text, stemmed by a text search configuration: each lexeme behind its language, and
 * those of the title once more, which so can be looked for alone. An index knows neither weights nor the row's language,
 * so without this a word of many pages would cost a look at each of them. It is IMMUTABLE in the same sense. The
 * configuration is text: pg_upgrade refuses databases with a column of the type regconfig.
 */
const searchVector = `
create or replace function "platform"."search_vector"(configuration text, language text, title text, body text)
returns tsvector language plpgsql immutable strict parallel safe as $$
declare
  in_title tsvector := to_tsvector(configuration::regconfig, platform.search_text(title));
  in_body tsvector := to_tsvector(configuration::regconfig, platform.search_text(body));
begin
  return (select coalesce(string_agg(platform.search_term(language, lexeme) || array_to_string(positions, 'A,') || 'A', ' '), '')
      from unnest(in_title))::tsvector
    || (select coalesce(string_agg(platform.search_term(language, lexeme) || array_to_string(positions, ','), ' '), '')
      from unnest(in_body))::tsvector
    || array_to_tsvector(array(select language || '=' || lexeme from unnest(in_title)));
end
$$;`;

/** A lexeme behind its language in the form of a tsvector's text, up to its positions. */
const searchTerm = `
create or replace function "platform"."search_term"(language text, lexeme text) returns text
language sql immutable parallel safe as $$
  select '''' || replace(replace(language || ':' || lexeme, '\\', '\\\\'), '''', '''''') || ''':'
$$;`;

/**
 * The best of the texts of a table that fit: so many that have all in their titles, and so many others, are ranked. An
 * index gives the first row of a word after it has read all of them, which takes too long for a word that every third text
 * has. So a look at the first hundred texts says whether what is wanted is common, and then it is taken from the first few
 * thousand. Whether a plan does so is not left to the planner: it takes a word that its statistics do not know for a
 * hundred times as common as it may be, knows nothing of what a long vector costs to read, and would then read them all.
 */
const searchTexts = `
create or replace function "platform"."search_texts"(texts regclass, terms tsquery, title_terms tsquery, candidates int)
returns table (id uuid, rank real) language plpgsql stable strict
set enable_seqscan = off set enable_indexscan = off set max_parallel_workers_per_gather = 0
set synchronize_seqscans = off set jit = off as $$
declare
  is_common boolean;
  is_common_title boolean;
begin
  execute format(
    'select count(*) filter (where search @@ $1) >= 15, count(*) filter (where search @@ $2) >= 15
     from (select search from %s limit 100) first_texts', texts)
    into is_common, is_common_title using terms, title_terms;
  return query execute format(
    'select t.id, ts_rank(t.search, $1) from %1$s t where t.ctid = any (array(
       (select c.ctid from %2$s c where c.search @@ $1 limit $3) union
       (select c.ctid from %3$s c where c.search @@ $2 limit $3)))',
    texts,
    case when is_common then format('(select ctid, search from %s limit 3000)', texts) else texts::text end,
    case when is_common_title then format('(select ctid, search from %s limit 3000)', texts) else texts::text end)
    using terms, title_terms, candidates;
end
$$;`;

/** The distinct words of a text, as they are searched but not stemmed. */
const searchWords = `
create or replace function "platform"."search_words"(value text) returns text[]
language plpgsql immutable strict parallel safe as $$
begin
  return tsvector_to_array(to_tsvector('pg_catalog.simple', platform.search_text(value)));
end
$$;`;

/**
 * The words of a tenant's dictionary that may have been meant by a mistyped one: the nearest first, of these those of titles. Trigrams find them by
 * an index, with a threshold below the default's: "tolwe" shares two trigrams of ten with "towel". The number of edits
 * then says which are near. A change of two letters' order is two edits.
 */
const similarWords = `
create or replace function "platform"."similar_words"(words regclass, languages text[], mistyped text, most int)
returns setof text language plpgsql stable strict set pg_trgm.similarity_threshold = 0.19 as $$
declare
  edits int := case when length(mistyped) < 5 then 1 else 2 end;
begin
  return query execute format(
    'select word from (
       select word, in_title, extensions.levenshtein_less_equal(word, $1, $2) as edits from %s
       where word operator(extensions.%%) $1 and language = any ($3) and word <> $1
         and length(word) between length($1) - $2 and length($1) + $2) near
     where edits <= $2 group by word, edits order by edits, bool_or(in_title) desc, extensions.similarity(word, $1) desc, word limit $4', words)
    using mistyped, edits, languages, most;
end
$$;`;

/** Whoever's tables stand on it keeps it: tenants have columns and indexes of these. */
const dropUnused = (what: string) => `
do $$ begin
  drop ${what};
exception when dependent_objects_still_exist then null;
end $$;`;

export class Migration20261121080000_search extends Migration {
  override name = 'Migration20261121080000_search';

  override up(): void {
    this.addSql(`create schema if not exists "extensions";`);
    extensions.forEach(name => this.addSql(createExtension(name)));
    for (const definition of [searchText, searchTerm, searchVector, searchTexts, searchWords, similarWords]) {
      this.addSql(definition);
    }
  }

  override down(): void {
    for (const name of [
      'similar_words',
      'search_words',
      'search_texts',
      'search_vector',
      'search_term',
      'search_text',
    ]) {
      this.addSql(dropUnused(`function if exists "platform"."${name}"`));
    }
    extensions.forEach(name => this.addSql(dropUnused(`extension if exists "${name}"`)));
    this.addSql(dropUnused(`schema if exists "extensions"`));
  }
}
