import type { EntityManager } from '@mikro-orm/postgresql';
import { DatabaseSeeder } from '../seeders/DatabaseSeeder.js';
import { writeArchive } from './backup/write-archive.js';
import type { TenancySettings } from './context.js';
import { TenantTables } from './migrate/tenant-tables.js';

/** What is done to whole tenants, by migrations, seeders and archives; for the API and for the command alike. */
export class TenantOperations implements Omit<TenancySettings, 'openRegistration'> {
  readonly #tables: TenantTables;

  constructor(
    private readonly url: string,
    private readonly archiveFolder: string,
  ) {
    this.#tables = new TenantTables(url);
  }

  readonly buildTables = (em: EntityManager, schema: string): Promise<string> => this.#tables.build(em, schema);

  readonly seed = (em: EntityManager, schema: string): Promise<void> =>
    new DatabaseSeeder().run(em.fork({ schema, keepTransactionContext: true }));

  readonly writeArchive = (tenant: { name: string; schema: string }): Promise<string> =>
    writeArchive(this.url, this.archiveFolder, tenant, names => this.#tables.statementsOf(names));

  close(): Promise<void> {
    return this.#tables.close();
  }
}
