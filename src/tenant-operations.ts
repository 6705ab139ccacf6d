import { join } from 'node:path';
import type { EntityManager } from '@mikro-orm/postgresql';
import { DatabaseSeeder } from '../seeders/DatabaseSeeder.js';
import type { BackupKeys } from './backup/archive/encryption.js';
import type { TenancySettings } from './context.js';
import { readBuild } from './migrate/build.js';
import { TenantTables } from './migrate/tenant-tables.js';

/** What is done to whole tenants, by migrations, seeders and archives; for the API and for the command alike. */
export class TenantOperations implements Omit<TenancySettings, 'openRegistration'> {
  readonly #tables: TenantTables;

  constructor(
    private readonly url: string,
    private readonly archives: { folder: string; keys: BackupKeys },
  ) {
    this.#tables = new TenantTables(url);
  }

  readonly buildTables = (em: EntityManager, schema: string): Promise<string> => this.#tables.build(em, schema);

  readonly seed = (em: EntityManager, schema: string): Promise<void> =>
    new DatabaseSeeder().run(em.fork({ schema, keepTransactionContext: true }));

  readonly writeArchive = async ({ schema }: { schema: string }): Promise<string> => {
    const { folder, keys } = this.archives;
    // Loaded now: what encrypts archives takes long to load, and a server that starts has no need of it.
    const [{ createBackup }, { FolderStorage }] = await Promise.all([
      import('./backup/create-backup.js'),
      import('./backup/storage/folder-storage.js'),
    ]);
    const storage = new FolderStorage(folder);
    const { name } = await createBackup(this.url, await readBuild(), schema, storage, { keys });
    return join(storage.place, name);
  };

  close(): Promise<void> {
    return this.#tables.close();
  }
}
