import { loadConfig } from '../config.js';
import type { Reader } from '../database/reader.js';
import type { Transact } from '../database/transactions.js';
import type { TenantOperations } from '../tenant-operations.js';
import { withDatabase } from './with-database.js';

/** What commands about tenants and their people work with. */
export interface Platform {
  url: string;
  reader: Reader;
  transact: Transact;
  operations: TenantOperations;
  /** Is told of Ctrl-C and SIGTERM; what takes long should then come to an end. */
  signal: AbortSignal;
}

/** Does something to the tenants of the database that the settings name, which has its tables up to date. */
export async function withPlatform<Result>(
  actor: string,
  work: (platform: Platform) => Promise<Result>,
): Promise<Result> {
  const { backup, database, tenancy } = loadConfig();
  return withDatabase(async ({ url }, signal) => {
    // Loaded now, since they take a second, and what is wrong with the command should be told at once.
    const [{ MikroORM }, { runtimeOptions }, { ReadPool }, { Transactions }, { platformEntities, tenantEntities }] =
      await Promise.all([
        import('@mikro-orm/postgresql'),
        import('../database/orm.options.js'),
        import('../database/reader.js'),
        import('../database/transactions.js'),
        import('../entities.js'),
      ]);
    const { TenantOperations } = await import('../tenant-operations.js');
    if (database.migrate) {
      const { migrateAndSeed } = await import('../migrate/at-start.js');
      await migrateAndSeed(url, { seed: false, users: false });
    }
    const orm = await MikroORM.init(
      runtimeOptions({
        url,
        poolMax: 2,
        statementTimeout: database.statementTimeout,
        preparedStatements: database.preparedStatements,
        entities: [...platformEntities, ...tenantEntities],
      }),
    );
    const operations = new TenantOperations(url, { folder: tenancy.archiveFolder, keys: backup.keys });
    try {
      const reads = ReadPool.of(orm);
      return await work({
        url,
        reader: reads.reader('platform'),
        transact: new Transactions(orm, reads).of('platform', { name: actor, user: null }),
        operations,
        signal,
      });
    } finally {
      await Promise.all([operations.close(), orm.close(true)]);
    }
  });
}
