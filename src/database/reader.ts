import type { EntityClass, MetadataStorage } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { StatementNames } from './statement-names.js';
import { Table } from './table.js';

/** Tenants whose tables' names are kept at hand. */
const maxReaders = 1000;

/** Values as the driver reads them, but days as the text that they are: it would make moments of them, in the process's zone. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.DATE, (text: string) => text);

/** Values as PostgreSQL writes them. */
const asText: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/** A statement as the driver takes it. */
export interface Statement {
  name: string | undefined;
  text: string;
  values: unknown[];
  types: pg.CustomTypesConfig;
}

/** Where a reader's statements run: on a pool, or within a transaction. */
export type RunStatement = (statement: Statement) => Promise<unknown[]>;

/**
 * Makes the reads of a process: named, parameterised statements, so that PostgreSQL plans each once per connection. The
 * ORM's `find` would write the parameters into the text, and build managed entities, which only writes need.
 */
export class ReadPool {
  readonly #pool: pg.Pool;
  readonly #metadata: MetadataStorage;
  readonly #names = new StatementNames();
  readonly #readers = new LRUCache<string, Reader>({ max: maxReaders });

  private constructor(pool: pg.Pool, metadata: MetadataStorage) {
    this.#pool = pool;
    this.#metadata = metadata;
  }

  /** The reads of an ORM's database, on the ORM's own pool. */
  static async of(orm: MikroORM): Promise<ReadPool> {
    return new ReadPool(await orm.em.getDriver().getConnection().getNativeClient(), orm.getMetadata());
  }

  /** The reads of one tenant, by its schema. */
  reader(schema: string): Reader {
    let reader = this.#readers.get(schema);
    if (!reader) {
      reader = new Reader(statement => this.#run(statement), this.#names, new Tables(this.#metadata, schema));
      this.#readers.set(schema, reader);
    }
    return reader;
  }

  /** Runs one statement that names no tenant's table. */
  async run(text: string, values: unknown[]): Promise<unknown[]> {
    return this.#run({ name: this.#names.of(text), text, values, types });
  }

  async #run(statement: Statement): Promise<unknown[]> {
    try {
      return (await this.#pool.query(statement)).rows;
    } catch (error) {
      if (statement.name === undefined || !isOutdatedPlan(error)) {
        throw error;
      }
      this.#names.renew(statement.text);
      return (await this.#pool.query({ ...statement, name: this.#names.of(statement.text) })).rows;
    }
  }
}

/** Whether a migration changed the type of a column that a prepared statement reads. */
export function isOutdatedPlan(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === '0A000' && message.includes('cached plan');
}

/** The reads of one tenant. It holds no data, so requests share it. */
export class Reader {
  constructor(
    private readonly runStatement: RunStatement,
    private readonly names: StatementNames,
    private readonly tables: Tables,
  ) {}

  /** The table of an entity. */
  table(entity: EntityClass<object>): Table {
    return this.tables.of(entity);
  }

  /** Runs one statement and gives its rows: decimals and days as text, instants as Date. */
  run<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const name = this.names.of(text);
    // The ORM's pool leaves instants as text; the driver's own types make dates of them.
    return this.runStatement({ name, text, values: [...values], types }) as Promise<Row[]>;
  }

  /** Runs one statement that gives one row with one column of JSON, and gives its text; undefined for no row. */
  async json(text: string, values: readonly unknown[]): Promise<string | undefined> {
    const statement = { name: this.names.of(text), text, values: [...values], types: asText };
    const [row] = (await this.runStatement(statement)) as { json: string }[];
    return row?.json;
  }

  /** The same tenant's reads, run elsewhere. */
  on(runStatement: RunStatement): Reader {
    return new Reader(
      async statement => {
        try {
          return await runStatement(statement);
        } catch (error) {
          if (isOutdatedPlan(error)) {
            this.names.renew(statement.text);
          }
          throw error;
        }
      },
      this.names,
      this.tables,
    );
  }
}

/** The tables of one tenant. */
class Tables {
  readonly #tables = new Map<EntityClass<object>, Table>();

  constructor(
    private readonly metadata: MetadataStorage,
    private readonly schema: string,
  ) {}

  of(entity: EntityClass<object>): Table {
    let table = this.#tables.get(entity);
    if (!table) {
      table = new Table(this.metadata.get(entity), this.schema);
      this.#tables.set(entity, table);
    }
    return table;
  }
}
