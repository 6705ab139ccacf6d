import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** How far the import of a file has come, so that one that was interrupted goes on where it ended. */
@Entity({ schema: '*', tableName: 'bulk_imports' })
export class BulkImport {
  [PrimaryKeyProp]?: ['kind', 'fileHash'];

  /** What is imported, such as `orders`. */
  @PrimaryKey({ type: 'text' })
  kind!: string;

  /** The SHA-256 of the file's bytes, in hex. */
  @PrimaryKey({ type: 'text' })
  fileHash!: string;

  /** Lines that are dealt with, from the first one on. */
  @Property({ type: 'integer', default: 0 })
  linesDone: number = 0;

  /** How many of them were imported; the others were refused. */
  @Property({ type: 'integer', default: 0 })
  imported: number = 0;

  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  startedAt: Date = new Date();

  @Property({ columnType: 'timestamptz(3)', nullable: true })
  finishedAt: Date | null = null;
}
