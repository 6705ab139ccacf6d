import type { Transaction } from '@mikro-orm/core';
import type { Migration, MigrationRunner, Query } from '@mikro-orm/migrations';
import pg from 'pg';
import { textOf } from '../recorded-migration.js';
import { asClient, SchemaRunner } from '../schema-runner.js';
import type { Rehearsal } from './rehearsal.js';

/**
 * Runs migrations statement by statement in a transaction that is there, and notes none of them as seen: a number that is
 * drawn from the table's sequence would not come back. What a migration does by its entity manager is run and not told of.
 */
export class RehearsalRunner extends SchemaRunner {
  #transaction?: Transaction;
  #searchPath: string | undefined;

  constructor(
    base: ConstructorParameters<typeof MigrationRunner>,
    defaultSchema: string,
    /** What is told of the migrations; nobody where there is none. */
    private readonly rehearsal: () => Rehearsal | undefined,
  ) {
    super(base, defaultSchema);
  }

  override setRunSchema(schema?: string): void {
    this.#searchPath = schema && pg.escapeIdentifier(schema);
    super.setRunSchema(schema);
  }

  override setMasterMigration(transaction: Transaction): void {
    this.#transaction = transaction;
    super.setMasterMigration(transaction);
  }

  override async run(migration: Migration, method: 'up' | 'down'): Promise<void> {
    const rehearsal = this.rehearsal();
    if (!migration.isTransactional()) {
      rehearsal?.skip();
      return;
    }
    const transaction = this.#transaction;
    const client = asClient(transaction);
    const execute = async (sql: string): Promise<unknown[]> =>
      rehearsal ? rehearsal.run(sql) : (await client.query(sql)).rows;
    migration.reset();
    migration.setTransactionContext(transaction);
    migration.execute = (sql: Query, params?: unknown[]) =>
      execute(textOf(sql, params)) as ReturnType<Migration['execute']>;
    await migration[method]();
    // As late as the ORM does it.
    if (this.#searchPath !== undefined) {
      await client.query(`set search_path to ${this.#searchPath}`);
    }
    for (const query of migration.getQueries()) {
      await execute(textOf(query));
    }
    await client.query('reset search_path');
    await rehearsal?.end();
  }
}
