import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/**
 * A word that some page or product has, or had. What somebody types is completed and corrected to words of this table:
 * they are far fewer than the texts, and each leads on by the index of the texts. Triggers of `pages` and `products` add
 * to it; a word that nothing has any more does no harm.
 */
@Entity({ schema: '*', tableName: 'search_words' })
@Index({
  name: 'search_words_trigram_index',
  expression: (columns, table, name) =>
    `create index "${name}" on "${table.name}" using gin (${columns.word} extensions.gin_trgm_ops) with (fastupdate = off)`,
})
@Index({
  name: 'search_words_first_letter_index',
  expression: (columns, table, name) =>
    `create index "${name}" on "${table.name}" using btree (left(${columns.word}, 1), length(${columns.word}), ${columns.word}) where ${columns.inTitle}`,
})
export class SearchWord {
  /** In small letters, without accents. Its collation is "C", so that the words behind a prefix are one range of the index. */
  @PrimaryKey({ columnType: 'text collate "C"', type: 'string' })
  word!: string;

  /** The language of the pages that have it; empty for products, whose language nobody declared. */
  @PrimaryKey({ type: 'text' })
  language!: string;

  /** Whether it stood in a title or a product’s name. */
  @Property({ type: 'boolean' })
  inTitle!: boolean;
}
