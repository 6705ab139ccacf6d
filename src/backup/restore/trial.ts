import { randomUUID } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import { type MigrationContext, migrationOptions, platformSchema, runtimeOptions } from '../../database/orm.options.js';
import { ReadPool } from '../../database/reader.js';
import type { RawTransaction } from '../../database/savepoints.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { platformEntities, tenantEntities } from '../../entities.js';
import type { Build } from '../../migrate/build.js';
import { migratorExtension } from '../../migrate/migrator-extension.js';
import { tenantContext, TenantMigrator } from '../../migrate/tenant-migrator.js';
import { prepareSession } from '../tables.js';
import { Connection } from './connection.js';
import { explainBrokenOff } from './explain-server-failure.js';
import { makeSchema, trialSchema } from './trial-schema.js';

/** A schema that one transaction makes and nobody else sees. */
export interface Trial {
  schema: string;
  transaction: Transaction;
  client: Connection;
  /** Runs migrations in the schema. */
  migrate: (migrations: readonly string[]) => Promise<void>;
}

/** What a trial is for. */
export interface TrialSettings {
  /** Who does it, for the history. */
  actor: string;
  /** Whether what it made stays. */
  keep: boolean;
}

/**
 * Does something in a schema of its own, in one transaction: whatever ends it, be it a failure, a signal or the loss of the
 * machine, nothing of it stays.
 */
export async function inTrial<Result>(
  url: string,
  build: Build,
  { actor, keep }: TrialSettings,
  work: (trial: Trial) => Promise<Result>,
): Promise<Result> {
  const entities = [...platformEntities, ...tenantEntities];
  const orm = await MikroORM.init(
    // A connection that keeps nothing prepared is one that also copies.
    runtimeOptions({ url, poolMax: 1, statementTimeout: 0, preparedStatements: 0, entities }),
  );
  const migrations = await MikroORM.init(migrationOptions(url, contextOf(build), { silent: true, poolMax: 1 }));
  try {
    const transact = new Transactions(orm, ReadPool.of(orm)).of(platformSchema, { name: actor, user: null });
    let outcome: { result: Result } | { error: unknown } | undefined;
    const takenBack = new Error('It is taken back.');
    await transact(async transaction => {
      try {
        outcome = { result: await work(await begin(transaction, migrations.migrator as BuildingMigrator)) };
      } catch (error) {
        outcome = { error: explainBrokenOff(error) };
      }
      if ('error' in outcome || !keep) {
        // Not the error itself: after a lost race all would be done again, which may take an hour.
        throw takenBack;
      }
    }).catch((error: unknown) => {
      // What the work failed of says more than that its connection could not be rolled back then.
      if (error !== takenBack && !(outcome && 'error' in outcome)) {
        outcome = { error };
      }
    });
    if ('error' in outcome!) {
      throw outcome.error;
    }
    return outcome!.result;
  } finally {
    await Promise.all([orm.close(true), migrations.close(true)]);
  }
}

async function begin(transaction: Transaction, migrator: BuildingMigrator): Promise<Trial> {
  const context = transaction.em.getTransactionContext<RawTransaction>()!;
  const client = new Connection(context);
  await prepareSession(client);
  const schema = trialSchema(randomUUID());
  await makeSchema(client, schema);
  return {
    schema,
    transaction,
    client,
    migrate: async names => void (await migrator.build(schema, context, names)),
  };
}

/** Makes tables within transactions alone, and none in the default shop's schema where there are none. */
class BuildingMigrator extends TenantMigrator {
  protected override async init(): Promise<void> {
    this.initialized = true;
    await this.initPaths();
  }
}

function contextOf({ tenantFolder }: Build): MigrationContext {
  return { ...tenantContext, migrationsFolder: tenantFolder, extensions: [migratorExtension(BuildingMigrator)] };
}
