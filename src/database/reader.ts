import type { EntityClass, MetadataStorage } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import type { ConnectionPool } from './connection-pool.js';
import type { PooledQueries } from './pooled-queries.js';
import { platformSchema } from './schemas.js';
import { type Statement, Statements } from './statements.js';
import { Table } from './table.js';

/** Tenants whose tables' names are kept at hand. */
const maxReaders = 1000;

export type { Statement };

/** Stands for the tenant's schema in texts that are written once for all tenants; none of it is in a name of GraphQL. */
const anyTenant = '{tenant}';

/** Where a reader's statements run: on a pool, or within a transaction. */
export type RunStatement = (statement: Statement) => Promise<unknown[]>;

/**
 * Makes the reads of a process: prepared, parameterised statements, so that PostgreSQL plans each once per connection. The
 * ORM's `find` would write the parameters into the text, and build managed entities, which only writes need.
 */
export class ReadPool {
  readonly #readers = new LRUCache<string, Reader>({ max: maxReaders });
  readonly #templates: Tables;

  private constructor(
    private readonly pool: ConnectionPool,
    private readonly metadata: MetadataStorage,
    private readonly statements: Statements,
  ) {
    this.#templates = new Tables(metadata, anyTenant);
  }

  /** The reads of an ORM's database, on the ORM's own connections. */
  static of(orm: MikroORM): ReadPool {
    const { pool } = orm.em.getConnection().getClient() as unknown as PooledQueries;
    return new ReadPool(pool, orm.getMetadata(), new Statements(pool.options.maxPrepared > 0));
  }

  /** The reads of one tenant, by its schema. */
  reader(schema: string): Reader {
    let reader = this.#readers.get(schema);
    if (!reader) {
      const home = this.pool.homeOf(schema);
      const run: RunStatement = statement => this.pool.run(statement, home);
      reader = new Reader(run, this.statements, new Tables(this.metadata, schema), this.#templates);
      this.#readers.set(schema, reader);
    }
    return reader;
  }

  /** Runs one statement that names no tenant's table. */
  run(text: string, values: readonly unknown[]): Promise<unknown[]> {
    return this.reader(platformSchema).run(text, values);
  }
}

/** Whether a migration changed the type of a column that a prepared statement reads. */
export function isOutdatedPlan(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === '0A000' && message.includes('cached plan');
}

/** What a statement took. */
export interface MeasuredStatement {
  text: string;
  /** Rows that it gave. */
  rows: number;
  /** From the wish to run it, a wait for a connection included, to the last of its rows. */
  milliseconds: number;
}

/** A row's values as JSON; null for those that are null. */
export type JsonRow = readonly (string | null)[];

/** The reads of one tenant. It holds no data, so requests share it. */
export class Reader {
  constructor(
    private readonly runStatement: RunStatement,
    private readonly statements: Statements,
    private readonly tables: Tables,
    private readonly templates: Tables,
    /** Whether each statement stands alone, so that one that failed can be tried again. */
    private readonly isAlone = true,
  ) {}

  /** The table of an entity. */
  table(entity: EntityClass<object>): Table {
    return this.tables.of(entity);
  }

  /** The table of an entity in a text that is written for all tenants alike; see {@link fill}. */
  template(entity: EntityClass<object>): Table {
    return this.templates.of(entity);
  }

  /** A text that was written for all tenants, for this one. */
  fill(template: string): string {
    return template.replaceAll(this.templates.schemaName, this.tables.schemaName);
  }

  /** Runs one statement and gives its rows: decimals and days as text, instants as Date. */
  run<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#send(text, values) as Promise<Row[]>;
  }

  /** Runs one statement and gives its rows as lists of values, each as JSON. */
  json(text: string, values: readonly unknown[]): Promise<JsonRow[]> {
    return this.#send(text, values, true) as Promise<JsonRow[]>;
  }

  /** The same reads, each told of with what it took. */
  measured(tell: (statement: MeasuredStatement) => void): Reader {
    return this.by(run => async statement => {
      const started = performance.now();
      const rows = await run(statement);
      tell({ text: statement.text, rows: rows.length, milliseconds: performance.now() - started });
      return rows;
    });
  }

  /** The same reads by another way, which is given the one that there is. */
  by(way: (run: RunStatement) => RunStatement): Reader {
    return new Reader(way(this.runStatement), this.statements, this.tables, this.templates, this.isAlone);
  }

  /** The same tenant's reads within a transaction, which an error ends. */
  within(runStatement: RunStatement): Reader {
    return new Reader(runStatement, this.statements, this.tables, this.templates, false);
  }

  async #send(text: string, values: readonly unknown[], asJson = false): Promise<unknown[]> {
    const run = () => this.runStatement(this.statements.of(text, values, asJson));
    try {
      return await run();
    } catch (error) {
      if (!isOutdatedPlan(error)) {
        throw error;
      }
      this.statements.renew(text);
      if (!this.isAlone) {
        throw error;
      }
      return run();
    }
  }
}

/** The tables of one tenant. */
class Tables {
  readonly #tables = new Map<EntityClass<object>, Table>();

  /** The schema's name as SQL. */
  readonly schemaName: string;

  constructor(
    private readonly metadata: MetadataStorage,
    private readonly schema: string,
  ) {
    this.schemaName = pg.escapeIdentifier(schema);
  }

  of(entity: EntityClass<object>): Table {
    let table = this.#tables.get(entity);
    if (!table) {
      table = new Table(this.metadata.get(entity), this.schema);
      this.#tables.set(entity, table);
    }
    return table;
  }
}
