import { createHash } from 'node:crypto';
import type { EntityClass, MetadataStorage } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { Table } from './table.js';

/** Statements beyond this many run without a name, so that neither this process nor the server collects them. */
const maxNamedStatements = 1000;

/** Tenants whose tables' names are kept at hand. */
const maxReaders = 1000;

/**
 * Runs the reads of a process as named, parameterised statements on the ORM's own pool, so that PostgreSQL plans each
 * once per connection. The ORM's `find` would write the parameters into the text, and build managed entities, which only
 * writes need.
 */
export class ReadPool {
  readonly #pool: pg.Pool;
  readonly #metadata: MetadataStorage;
  readonly #names = new Map<string, string>();
  readonly #readers = new LRUCache<string, Reader>({ max: maxReaders });

  private constructor(pool: pg.Pool, metadata: MetadataStorage) {
    this.#pool = pool;
    this.#metadata = metadata;
  }

  /** The reads of an ORM's database. */
  static async of(orm: MikroORM): Promise<ReadPool> {
    return new ReadPool(await orm.em.getDriver().getConnection().getNativeClient(), orm.getMetadata());
  }

  /** The reads of one tenant, by its schema. */
  reader(schema: string): Reader {
    let reader = this.#readers.get(schema);
    if (!reader) {
      reader = new Reader(this, this.#metadata, schema);
      this.#readers.set(schema, reader);
    }
    return reader;
  }

  /** Runs one statement and gives its rows: decimals as text, instants as Date. */
  async run<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return await this.#query(text, values);
    } catch (error) {
      const name = this.#names.get(text);
      if (name === undefined || !isOutdatedPlan(error)) {
        throw error;
      }
      // Connections keep the old statement under its name, so the text gets another.
      this.#names.set(text, `${name}+`);
      return this.#query(text, values);
    }
  }

  async #query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const result = await this.#pool.query<Row>({
      name: this.#name(text),
      text,
      values: [...values],
      // The ORM's pool leaves instants as text; the driver's own types make dates of them.
      types: pg.types,
    });
    return result.rows;
  }

  #name(text: string): string | undefined {
    let name = this.#names.get(text);
    if (name === undefined && this.#names.size < maxNamedStatements) {
      name = createHash('sha1').update(text).digest('base64url');
      this.#names.set(text, name);
    }
    return name;
  }
}

/** Whether a migration changed the type of a column that a prepared statement reads. */
function isOutdatedPlan(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === '0A000' && message.includes('cached plan');
}

/** The reads of one tenant. It holds no data, so requests share it. */
export class Reader {
  readonly #tables = new Map<EntityClass<object>, Table>();

  constructor(
    private readonly pool: ReadPool,
    private readonly metadata: MetadataStorage,
    private readonly schema: string,
  ) {}

  /** The table of an entity. */
  table(entity: EntityClass<object>): Table {
    let table = this.#tables.get(entity);
    if (!table) {
      table = new Table(this.metadata.get(entity), this.schema);
      this.#tables.set(entity, table);
    }
    return table;
  }

  /** Runs one statement and gives its rows: decimals as text, instants as Date. */
  run<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.pool.run<Row>(text, values);
  }
}
