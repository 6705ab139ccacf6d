import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { type MigrationContext, migrationOptions } from '../../database/orm.options.js';
import { defaultTenantSchema, platformSchema } from '../../database/schemas.js';
import { type MigrationFile, migrationFiles } from '../files.js';
import { failureReason } from '../failure-reason.js';
import { schemaObjects } from '../fingerprint.js';
import { type RecordedStatement, recordMigration } from '../recorded-migration.js';
import { countRows } from '../row-counts.js';
import { migratorExtension } from '../migrator-extension.js';
import type { CheckedProject } from './check.js';
import { makeUpRows } from './made-up-rows.js';
import { StepMigrator } from './step-migrator.js';

/** A migration of a walk. */
export interface Step extends MigrationFile {
  context: MigrationContext;
  /** The schema that it runs in; the platform's name theirs. */
  schema: string | undefined;
}

/** A migration that failed. */
export interface Failure {
  /** What PostgreSQL says, or the migration itself. */
  reason: string;
  /** The statement that it failed at, where that can be told. */
  statement?: RecordedStatement;
}

/** A database that goes through all migrations, the platform's and then a tenant's, one at a time and in both directions. */
export class Walk {
  private constructor(
    /** In the order in which they run. */
    readonly steps: readonly Step[],
    private readonly orms: ReadonlyMap<MigrationContext, MikroORM>,
    private readonly client: pg.Client,
    private readonly signal: AbortSignal,
  ) {}

  static async start({ platform, tenant, signal }: CheckedProject, url: string): Promise<Walk> {
    const steps = await Promise.all([stepsOf(platform, undefined), stepsOf(tenant, defaultTenantSchema)]);
    const orms = new Map<MigrationContext, MikroORM>();
    for (const context of [platform, tenant]) {
      const extensions = [migratorExtension(StepMigrator)];
      orms.set(context, await MikroORM.init(migrationOptions(url, { ...context, extensions }, { silent: true })));
    }
    const client = new pg.Client(url);
    await client.connect();
    return new Walk(steps.flat(), orms, client, signal);
  }

  /** Runs a migration, and tells how where it fails. */
  async go(verb: 'up' | 'down', step: Step): Promise<Failure | undefined> {
    this.signal.throwIfAborted();
    try {
      await (this.orms.get(step.context)!.migrator as StepMigrator).step(verb, step.name, step.schema);
      return undefined;
    } catch (error) {
      const reason = failureReason(error as Error);
      const statement = await this.#failing(verb, step);
      return { reason, ...(statement && { statement }) };
    }
  }

  /** Runs all of them, or the first so many, up to one that fails; gives whether none did. */
  async goUp(count = this.steps.length): Promise<boolean> {
    for (const step of this.steps.slice(0, count)) {
      if (await this.go('up', step)) {
        return false;
      }
    }
    return true;
  }

  /** Runs the statements of a migration that was rolled back once more, to see which one fails. */
  async #failing(verb: 'up' | 'down', { path, schema = platformSchema }: Step): Promise<RecordedStatement | undefined> {
    const recorded = await recordMigration(path).catch(() => undefined);
    if (!recorded?.isTransactional) {
      return recorded?.[verb][0];
    }
    await this.client.query('begin');
    try {
      await this.client.query(`set local search_path to ${pg.escapeIdentifier(schema)}`);
      for (const statement of recorded[verb]) {
        if (
          !(await this.client.query(statement.sql).then(
            () => true,
            () => false,
          ))
        ) {
          return statement;
        }
      }
      return undefined;
    } finally {
      await this.client.query('rollback');
    }
  }

  /** All that stands in both schemas, one line an object. */
  async objects(): Promise<string[]> {
    const found: string[] = [];
    for (const schema of [platformSchema, defaultTenantSchema]) {
      const lines = await schemaObjects(this.client, schema);
      found.push(...lines.map(line => (schema === platformSchema ? `${line} (${schema})` : line)));
    }
    return found;
  }

  /** How many rows each table has. */
  async rowCounts(): Promise<Map<string, number>> {
    const counts = await countRows(this.client, [platformSchema, defaultTenantSchema]);
    return new Map(counts.map(({ schema, table, rows }) => [`${schema}.${table}`, rows]));
  }

  /** Makes rows up for the tables that have none; gives those for which none were found. */
  makeUpRows(): Promise<string[]> {
    return makeUpRows(this.client, [platformSchema, defaultTenantSchema]);
  }

  async close(): Promise<void> {
    await Promise.all([...[...this.orms.values()].map(orm => orm.close(true)), this.client.end()]);
  }
}

async function stepsOf(context: MigrationContext, schema: string | undefined): Promise<Step[]> {
  return (await migrationFiles(context.migrationsFolder)).map(file => ({ ...file, context, schema }));
}
