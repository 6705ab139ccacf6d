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

/**
 * Text as it is searched: in small letters, without accents, with spaces for punctuation, so that a query is cut into the
 * same words as what it looks for. The collation is named since a database of the locale C folds ASCII alone.
 * unaccent is only STABLE, since somebody may change its rules; generated columns need IMMUTABLE. Who changes the rules has
 * to write the rows anew.
 */
const searchText = `
create or replace function "platform"."search_text"(value text) returns text
language plpgsql immutable strict parallel safe as $$
begin
  return regexp_replace(
    extensions.unaccent('extensions.unaccent'::regdictionary, lower(normalize(value, nfkc) collate "und-x-icu")),
    '[!-/:-@[-\`{-~]+', ' ', 'g');
end
$$;`;

/**
 * What is searched of a title and a text, stemmed by a text search configuration. It is IMMUTABLE in the same sense. The
 * configuration is text: pg_upgrade refuses databases with a column of the type regconfig.
 */
const searchVector = `
create or replace function "platform"."search_vector"(configuration text, title text, body text) returns tsvector
language plpgsql immutable strict parallel safe as $$
begin
  return setweight(to_tsvector(configuration::regconfig, platform.search_text(title)), 'A')
    || setweight(to_tsvector(configuration::regconfig, platform.search_text(body)), 'D');
end
$$;`;

/**
 * What the index of such a vector holds: each lexeme behind its language, and once more those of the title, which so can
 * be looked for alone. GIN neither knows weights nor stops early, so without this a word that a hundred thousand pages
 * have would cost a look at each of them. Its cost keeps the planner from calling it row by row.
 */
const searchTerms = `
create or replace function "platform"."search_terms"(language text, search tsvector) returns tsvector
language plpgsql immutable strict parallel safe cost 10000 as $$
begin
  return (select array_to_tsvector(coalesce(array_agg(term), '{}')) from (
    select language || ':' || lexeme from unnest(search)
    union all
    select language || '=' || lexeme from unnest(search) where 'A' = any (weights)) terms(term));
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
 * The words of a tenant's dictionary that may have been meant by a mistyped one, the nearest first. Trigrams find them by
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
       select word, extensions.levenshtein_less_equal(word, $1, $2) as edits from %s
       where word operator(extensions.%%) $1 and language = any ($3) and word <> $1
         and length(word) between length($1) - $2 and length($1) + $2) near
     where edits <= $2 group by word, edits order by edits, extensions.similarity(word, $1) desc, word limit $4', words)
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
    for (const definition of [searchText, searchVector, searchTerms, searchWords, similarWords]) {
      this.addSql(definition);
    }
  }

  override down(): void {
    for (const name of ['similar_words', 'search_words', 'search_terms', 'search_vector', 'search_text']) {
      this.addSql(dropUnused(`function if exists "platform"."${name}"`));
    }
    extensions.forEach(name => this.addSql(dropUnused(`extension if exists "${name}"`)));
    this.addSql(dropUnused(`schema if exists "extensions"`));
  }
}
