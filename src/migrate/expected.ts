import { createHash, randomUUID } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { type MigrationContext, migrationOptions, platformSchema } from '../database/orm.options.js';
import { withClient } from '../database/with-client.js';
import { hashOf, type MigrationFile } from './files.js';
import { type Asks, fingerprints, schemaObjects } from './fingerprint.js';
import { rolledBack } from './rolled-back.js';
import { countRows } from './row-counts.js';
import { asClient } from './schema-runner.js';
import type { TenantMigrator } from './tenant-migrator.js';
import { exists } from './tenants.js';

/** Changes with what fingerprints are made of, so that those that are kept count no more. */
const fingerprintVersion = 1;

/** What the migrations give, as PostgreSQL has it after running them in a schema that nobody else ever sees. */
export class ExpectedSchemas {
  #orm: Promise<MikroORM> | undefined;

  constructor(
    private readonly url: string,
    private readonly context: MigrationContext,
    private readonly files: readonly MigrationFile[],
  ) {}

  /** The fingerprint after these migrations, which are all of this build; it is kept in the platform's tables. */
  async fingerprint(migrations: readonly string[]): Promise<string> {
    return withClient(this.url, async client => {
      const key = await this.#key(client, migrations);
      const keeps = await exists(client, 'schema_fingerprints');
      const kept = keeps
        ? await client.query<{ fingerprint: string }>(
            `select fingerprint from ${platformSchema}.schema_fingerprints where key = $1`,
            [key],
          )
        : { rows: [] };
      if (kept.rows[0]) {
        return kept.rows[0].fingerprint;
      }
      const made = await this.#inScratch(migrations, async (scratch, schema) =>
        (await fingerprints(scratch, [schema])).get(schema),
      );
      const fingerprint = made ?? '';
      if (keeps) {
        await client.query(
          `insert into ${platformSchema}.schema_fingerprints (key, fingerprint) values ($1, $2) on conflict do nothing`,
          [key, fingerprint],
        );
      }
      return fingerprint;
    });
  }

  /** What stands in a schema after these migrations, one line an object. */
  objects(migrations: readonly string[]): Promise<string[]> {
    return this.#inScratch(migrations, (scratch, schema) => schemaObjects(scratch, schema));
  }

  /** How many rows the migrations leave in each table, one line each. */
  rows(migrations: readonly string[]): Promise<string[]> {
    return this.#inScratch(migrations, async (scratch, schema) => {
      const counts = await countRows(scratch, [schema]);
      return counts.map(({ table, rows }) => `rows ${table} ${rows}`);
    });
  }

  async close(): Promise<void> {
    await (await this.#orm)?.close(true);
  }

  async #key(client: Asks, migrations: readonly string[]): Promise<string> {
    const { rows } = await client.query<{ server: string }>(`select current_setting('server_version_num') as server`);
    const files = this.files.filter(({ name }) => migrations.includes(name));
    const parts = [fingerprintVersion, rows[0]!.server, migrations.join(' '), await hashOf(files)];
    return createHash('sha256').update(parts.join('\n')).digest('hex');
  }

  async #inScratch<Result>(
    migrations: readonly string[],
    work: (client: Asks, schema: string) => Promise<Result>,
  ): Promise<Result> {
    const orm = await (this.#orm ??= MikroORM.init(migrationOptions(this.url, this.context, { silent: true })));
    const schema = `pier2_scratch_${randomUUID().replaceAll('-', '')}`;
    return rolledBack(orm.em.getConnection(), async transaction => {
      const client = asClient(transaction);
      await client.query(`create schema ${pg.escapeIdentifier(schema)}`);
      await (orm.migrator as TenantMigrator).build(schema, transaction, migrations);
      return work(client, schema);
    });
  }
}
