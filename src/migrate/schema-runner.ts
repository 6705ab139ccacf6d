import type { Transaction } from '@mikro-orm/core';
import { type Migration, MigrationRunner } from '@mikro-orm/migrations';
import pLimit from 'p-limit';
import pg from 'pg';
import { executeRaw, type RawTransaction } from '../database/savepoints.js';
import { withClient } from '../database/with-client.js';
import { checkIndexes, dropLeftover, withoutConcurrently } from './concurrently.js';

/** Indexes that are made concurrently may wait for each other, so a process makes one at a time. */
const oneAlone = pLimit(1);

/** Is told of a migration that has run, in its transaction if it has one, before that is committed. */
export type AfterMigration = (milliseconds: number, transaction?: Transaction) => Promise<void>;

/**
 * Runs the migrations of one schema after the other. One that is marked as non-transactional, for CREATE INDEX
 * CONCURRENTLY, runs on a connection of its own and is looked at afterwards; in a schema that is being made, which nobody
 * else sees, it runs within the transaction like all others.
 */
export class SchemaRunner extends MigrationRunner {
  #schema: string | undefined;
  #building = false;

  constructor(
    base: ConstructorParameters<typeof MigrationRunner>,
    /** Where tables are that a run names without a schema, when it is for none. */
    private readonly defaultSchema: string,
    private readonly afterMigration: AfterMigration = async () => {},
  ) {
    super(...base);
  }

  override setRunSchema(schema?: string): void {
    this.#schema = schema;
    super.setRunSchema(schema);
  }

  override setMasterMigration(transaction: Transaction): void {
    this.#building = true;
    super.setMasterMigration(transaction);
  }

  override unsetMasterMigration(): void {
    this.#building = false;
    super.unsetMasterMigration();
  }

  override async run(
    migration: Migration,
    method: 'up' | 'down',
    afterRun?: (transaction?: Transaction) => Promise<void>,
  ): Promise<void> {
    const started = performance.now();
    const after = async (transaction?: Transaction) => {
      await afterRun?.(transaction);
      if (!this.#building) {
        await this.afterMigration(Math.round(performance.now() - started), transaction);
      }
    };
    if (migration.isTransactional()) {
      await super.run(migration, method, after);
    } else if (this.#building) {
      await super.run(withinTransaction(migration), method, after);
    } else {
      await oneAlone(() => this.#runAlone(migration, method));
      await after();
    }
  }

  async #runAlone(migration: Migration, method: 'up' | 'down'): Promise<void> {
    migration.reset();
    await migration[method]();
    const schema = this.#schema ?? this.defaultSchema;
    const url = this.config.get('clientUrl')!;
    await withClient(
      url,
      async client => {
        await client.query(`set search_path to ${pg.escapeIdentifier(schema)}`);
        for (const statement of statementsOf(migration)) {
          await dropLeftover(client, schema, statement);
          await client.query(statement);
        }
        await checkIndexes(client, schema);
      },
      this.config.get('driverOptions'),
    );
  }
}

/** What a migration that has run has recorded, in SQL. */
export function statementsOf(migration: Migration): string[] {
  return (migration.getQueries() as { toString(): string }[]).map(query => query.toString());
}

/** A migration as it runs within a transaction that is there for all migrations of a new schema. */
function withinTransaction(migration: Migration): Migration {
  return Object.assign(Object.create(migration) as Migration, {
    isTransactional: () => true,
    reset: () => migration.reset(),
    setTransactionContext: (transaction: Transaction) => migration.setTransactionContext(transaction),
    up: () => migration.up(),
    down: () => migration.down(),
    getQueries: () => statementsOf(migration).map(withoutConcurrently),
  });
}

/** A transaction of the ORM, as the driver's connections run statements. */
export function asClient(transaction: Transaction): Pick<pg.ClientBase, 'query'> {
  const query = async (sql: string, values?: unknown[]) => ({
    rows: await executeRaw(transaction as RawTransaction, sql, values),
  });
  return { query } as Pick<pg.ClientBase, 'query'>;
}
