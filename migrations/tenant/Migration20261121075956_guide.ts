import { Migration } from '@mikro-orm/migrations';

/** What of a row is searched: the language of its words, what stands in its title, and its text. */
const searchedTexts = {
  pages: { language: `c.language`, title: `c.title`, body: `c.body` },
  products: { language: `''`, title: `c.name || ' ' || c.sku`, body: `c.description` },
};

/** The words of rows that the dictionary has not, in one order, so that two who add the same ones never wait in a circle. */
const addWords = (table: keyof typeof searchedTexts, rows: string): string => {
  const { language, title, body } = searchedTexts[table];
  return `
  insert into search_words as known (word, language, in_title)
    select word, language, in_title from (
      select word collate "C", language, bool_or(in_title) from (
        select word, ${language}, true from ${rows}, unnest(platform.search_words(${title})) word
        union all
        select word, ${language}, false from ${rows}, unnest(platform.search_words(${body})) word
      ) placed(word, language, in_title)
      where length(word) <= 50 group by 1, 2
    ) words(word, language, in_title)
    where not exists (select from search_words s
      where s.word = words.word and s.language = words.language and s.in_title >= words.in_title)
    order by word, language
    on conflict (word, language) do update set in_title = true where excluded.in_title and not known.in_title;`;
};

/** Rows whose texts are other than before, since most changes of products are of prices. */
const changedRows = (texts: string[]): string =>
  `(select n.* from changed n join before b using (id) where (${texts.map(text => `n.${text}`).join(', ')})
      is distinct from (${texts.map(text => `b.${text}`).join(', ')})) c`;

/** Keeps `search_words`. Each works in the trigger's own schema, as check_order_fulfilment does. */
const collectWords = (table: keyof typeof searchedTexts, operation: 'insert' | 'update', rows: string): string[] => [
  `
create function "collect_words_of_${table}_${operation}"() returns trigger language plpgsql as $$
declare
  path_before text := current_setting('search_path');
begin
  perform set_config('search_path', format('%I, pg_temp', tg_table_schema), true);${addWords(table, rows)}
  perform set_config('search_path', path_before, true);
  return null;
end
$$;`,
  `create trigger "${table}_words_${operation}_trigger" after ${operation} on "${table}" referencing ${operation === 'update' ? 'old table as "before" ' : ''}new table as "changed" for each statement execute function "collect_words_of_${table}_${operation}"();`,
];

const triggers = [
  ...collectWords('pages', 'insert', 'changed c'),
  ...collectWords('pages', 'update', changedRows(['language', 'title', 'body'])),
  ...collectWords('products', 'insert', 'changed c'),
  ...collectWords('products', 'update', changedRows(['name', 'sku', 'description'])),
];

/**
 * What is searched, kept with each row so that ranking does not read the texts again, and the index that finds it. The
 * indexes have no pending list (fastupdate), which each search would read to its end. Products are not stemmed: nobody
 * declared their language, so the search looks for all forms of a word that products have. Retired ones have nothing.
 */
const searchColumns = [
  `alter table "pages" add "search" tsvector generated always as (platform.search_vector(search_configuration, language, title, body)) stored;`,
  `create index "pages_search_index" on "pages" using gin (search) with (fastupdate = off);`,
  `alter table "products" add "search" tsvector generated always as (case state when 'ACTIVE' then platform.search_vector('pg_catalog.simple', '', name || ' ' || sku, description) end) stored;`,
  `create index "products_search_index" on "products" using gin (search) with (fastupdate = off);`,
];

export class Migration20261121075956_guide extends Migration {
  override name = 'Migration20261121075956_guide';

  override up(): void {
    this.addSql(
      `create table "pages" ("id" uuid not null, "title" text not null, "url" text not null, "language" text not null, "search_configuration" text not null, "body" text not null, "last_updated" timestamptz(3) not null default now(), "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(`alter table "pages" add constraint "pages_url_unique" unique ("url");`);
    this.addSql(`create index "pages_language_last_updated_index" on "pages" ("language", "last_updated", "id");`);
    this.addSql(`create index "pages_language_title_index" on "pages" ("language", "title", "id");`);
    this.addSql(`create index "pages_last_updated_index" on "pages" ("last_updated", "id");`);
    this.addSql(`create index "pages_title_index" on "pages" ("title", "id");`);

    this.addSql(
      `create table "search_words" ("word" text collate "C" not null, "language" text not null, "in_title" boolean not null, primary key ("word", "language"));`,
    );
    this.addSql(
      `create index "search_words_trigram_index" on "search_words" using gin (word extensions.gin_trgm_ops) with (fastupdate = off);`,
    );
    this.addSql(
      `create index "search_words_first_letter_index" on "search_words" using btree (left(word, 1), length(word), word) where in_title;`,
    );

    this.addSql(
      `alter table "pages" add constraint "pages_language_check" check (language ~ '^[a-z]{2,3}(-[a-z0-9]{2,8})*\$');`,
    );
    this.addSql(`alter table "pages" add constraint "pages_url_check" check (url ~ '^(https?://|/)');`);
    this.addSql(`alter table "pages" add constraint "pages_title_check" check (btrim(title) <> '');`);

    searchColumns.forEach(statement => this.addSql(statement));
    this.addSql(addWords('products', 'products c'));
    triggers.forEach(statement => this.addSql(statement));
  }

  override down(): void {
    for (const operation of ['insert', 'update']) {
      this.addSql(`drop trigger "products_words_${operation}_trigger" on "products";`);
      this.addSql(`drop trigger "pages_words_${operation}_trigger" on "pages";`);
      this.addSql(`drop function "collect_words_of_products_${operation}"();`);
      this.addSql(`drop function "collect_words_of_pages_${operation}"();`);
    }
    this.addSql(`drop index "products_search_index";`);
    this.addSql(`alter table "products" drop column "search";`);
    this.addSql(`drop table "pages";`);
    this.addSql(`drop table "search_words";`);
  }
}
