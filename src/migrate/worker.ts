import { randomUUID } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import pRetry from 'p-retry';
import pg from 'pg';
import { type MigrationContext, migrationOptions, platformSchema } from '../database/orm.options.js';
import { withClient } from '../database/with-client.js';
import { watchBlockers } from './blockers.js';
import { failureReason } from './failure-reason.js';
import type { Asks } from './fingerprint.js';
import { lockMigrations } from './lock.js';
import type { PlatformMigrator } from './platform-migrator.js';
import type { TenantMigrator } from './tenant-migrator.js';

/** How patient a migration is. */
export interface Patience {
  /** What to do where another process migrates the same schema. */
  whenLocked: 'wait' | 'leave';
  /** Milliseconds that a statement waits for a lock, at each try. */
  lockTimeout: number;
  /** Further tries after one that got no lock. */
  retries: number;
  /** Milliseconds before the second try; each further one waits twice as long. */
  retryDelay: number;
  /** Milliseconds that a statement may take; 0 for any time. */
  statementTimeout: number;
  /** After which what is under way is broken off, and so rolled back. */
  cutOff?: AbortSignal;
}

/** What became of one schema. */
export type Outcome =
  | { kind: 'done'; milliseconds: number }
  /** Another process migrates it, or it is being removed. */
  | { kind: 'left'; reason: string }
  | { kind: 'failed'; migration: string | undefined; reason: string };

/** No lock was to be had, or each of two waited for the other; the next try may fare better. */
const lockCodes = ['55P03', '40P01'];

const longestDelay = 10_000;

/** Migrates one schema after the other, by an ORM and a connection for locks of its own. */
export class MigrationWorker {
  #current: string | undefined;
  /** Its transaction holds the lock of the schema under way. */
  #locks: pg.Client | undefined;
  /** Asks who is in the way. */
  #watch: pg.Client | undefined;

  private constructor(
    private readonly url: string,
    private readonly orm: MikroORM,
    private readonly application: string,
    private readonly patience: Patience,
    private readonly signal: AbortSignal,
    private readonly holdsTenants: boolean,
  ) {
    const name = (event: { name: string }) => void (this.#current = event.name);
    orm.migrator.on('migrating', name).on('reverting', name);
  }

  /**
   * @param signal after which nothing is tried again
   * @param holdsTenants whether it keeps tenants from being removed meanwhile; what changes the registry does that itself
   */
  static async start(
    url: string,
    context: MigrationContext,
    patience: Patience,
    signal: AbortSignal,
    holdsTenants = true,
  ): Promise<MigrationWorker> {
    const application = `pier2 migrate ${randomUUID()}`;
    const connection = {
      application_name: application,
      lock_timeout: patience.lockTimeout,
      statement_timeout: patience.statementTimeout,
    };
    const orm = await MikroORM.init(migrationOptions(url, context, { silent: true, connection, poolMax: 2 }));
    const worker = new MigrationWorker(url, orm, application, patience, signal, holdsTenants);
    patience.cutOff?.addEventListener('abort', () => void worker.#breakOff());
    return worker;
  }

  /** Runs migrations of a schema up or down, and tells what came of it instead of throwing. */
  async migrate(verb: 'up' | 'down', schema: string, migrations: readonly string[]): Promise<Outcome> {
    const started = performance.now();
    this.#current = undefined;
    let blockedBy: string | undefined;
    const { retries, retryDelay } = this.patience;
    try {
      const left = await pRetry(
        async () => {
          const tried = await this.#try(verb, schema, migrations);
          blockedBy = tried.blockedBy;
          if (tried.error) {
            throw tried.error;
          }
          return tried.left;
        },
        {
          retries,
          minTimeout: retryDelay,
          maxTimeout: longestDelay,
          factor: 2,
          randomize: true,
          shouldRetry: ({ error }) =>
            !this.signal.aborted && lockCodes.includes((error as { code?: string }).code ?? ''),
        },
      );
      return left === undefined
        ? { kind: 'done', milliseconds: Math.round(performance.now() - started) }
        : { kind: 'left', reason: left };
    } catch (error) {
      return { kind: 'failed', migration: this.#current, reason: this.#explain(error as Error, blockedBy) };
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.orm.close(true), this.#locks?.end(), this.#watch?.end()]);
  }

  /** Ends the worker's sessions: a statement that is broken off alone would leave its transaction to the next one. */
  async #breakOff(): Promise<void> {
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where starts_with(application_name, $1)`;
    // Whoever sets a time has to come to an end without the database, too.
    await withClient(this.url, client => client.query(end, [this.application])).catch(() => {});
  }

  async #try(
    verb: 'up' | 'down',
    schema: string,
    migrations: readonly string[],
  ): Promise<{ left?: string; error?: Error; blockedBy?: string | undefined }> {
    const { orm } = this;
    const client = (this.#locks ??= await this.#connect(() => (this.#locks = undefined)));
    await client.query('begin');
    try {
      if (!(await lockMigrations(client, schema, this.patience.whenLocked === 'wait'))) {
        return { left: 'another run migrates it' };
      }
      if (this.holdsTenants && schema !== platformSchema && !(await holdTenant(client, schema))) {
        return { left: 'it is being removed' };
      }
      const work =
        schema === platformSchema
          ? (orm.migrator as PlatformMigrator).run(verb, migrations)
          : (orm.migrator as TenantMigrator).run(verb, schema, migrations);
      const watcher = async () => (this.#watch ??= await this.#connect(() => (this.#watch = undefined)));
      const { result, blockedBy } = await watchBlockers(watcher, this.application, work);
      return result.status === 'rejected' ? { error: result.reason as Error, blockedBy } : {};
    } finally {
      // A connection that broke has given its locks up already.
      await client.query('rollback').catch(() => {});
    }
  }

  /** @param forget is called when the connection breaks, so that another is made */
  async #connect(forget: () => void): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url, application_name: `${this.application} lock` });
    client.on('error', forget).on('end', forget);
    await client.connect();
    // It waits in a transaction for as long as migrations take.
    await client.query('set idle_in_transaction_session_timeout = 0');
    return client;
  }

  #explain(error: Error & { code?: string; detail?: string }, blockedBy: string | undefined): string {
    const { lockTimeout, retries } = this.patience;
    if (lockCodes.includes(error.code ?? '')) {
      const tries = `${retries + 1} ${retries === 0 ? 'try' : 'tries'} of ${lockTimeout} ms`;
      return `It got no lock in ${tries}: ${blockedBy ?? 'whoever held it was gone before they could be named'}.`;
    }
    return failureReason(error);
  }
}

/** Keeps a tenant from being removed until the transaction ends, and tells whether it is there. Without parameters, as locks are. */
export async function holdTenant(client: Asks, schema: string): Promise<boolean> {
  const { rows } = await client.query(
    `select from ${platformSchema}.tenants
     where schema = ${pg.escapeLiteral(schema)} and state in ('ACTIVE', 'SUSPENDED') for key share`,
  );
  return rows.length > 0;
}
