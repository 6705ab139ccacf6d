import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EntityManager } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import pLimit from 'p-limit';
import { migrationOptions } from '../database/orm.options.js';
import { migrationFiles } from './files.js';
import { recordMigration } from './recorded-migration.js';
import { standIn } from './squash/squashed.js';
import { withoutConcurrently } from './concurrently.js';
import type { TenantMigrator } from './tenant-migrator.js';
import { tenantContext } from './tenant-migrator.js';

/** The file name's end of the migrations that this process loads: of the sources, or of what was built of them. */
const extension = extname(fileURLToPath(import.meta.url));

/** Makes the tables of new tenants. */
export class TenantTables {
  #orm: Promise<MikroORM> | undefined;
  // Two runs of one migrator at once would get into each other's schema.
  readonly #oneAtATime = pLimit(1);

  constructor(private readonly url: string) {}

  /**
   * Makes a tenant's tables by all migrations, within a transaction of somebody else, in a schema that is there. Gives the
   * name of the last migration.
   */
  build(em: EntityManager, schema: string): Promise<string> {
    return this.#oneAtATime(async () => {
      const migrator = (await this.#start()).migrator as TenantMigrator;
      const done = await migrator.build(schema, em.getTransactionContext());
      return done.at(-1)!.name;
    });
  }

  #start(): Promise<MikroORM> {
    return (this.#orm ??= MikroORM.init(migrationOptions(this.url, tenantContext, { silent: true })));
  }

  async close(): Promise<void> {
    await (await this.#orm)?.close(true);
  }
}

/** The statements of migrations, as they make the tables of a tenant. */
export async function tenantStatements(migrations: readonly string[]): Promise<string[]> {
  const files = await migrationFiles(tenantContext.migrationsFolder);
  const recorded = await Promise.all(
    standIn(migrations, files).map(name =>
      recordMigration(join(tenantContext.migrationsFolder, `${name}${extension}`)),
    ),
  );
  return recorded.flatMap(({ up, isTransactional }) =>
    up.map(({ sql }) => (isTransactional ? sql : withoutConcurrently(sql))),
  );
}
