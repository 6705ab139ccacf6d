import { randomUUID } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { DatabaseSeeder } from '../../../seeders/DatabaseSeeder.js';
import { seedSampleUsers } from '../../../seeders/sample-users.js';
import { addMissingCountries } from '../../countries/country.data.js';
import { type MigrationContext, migrationOptions } from '../../database/orm.options.js';
import { withClient } from '../../database/with-client.js';

/** How databases are called, before the number of the process that made them. */
const prefix = 'pier2_check_';

/** A server on which databases are made and dropped again, beside those of anybody else. */
export class ScratchServer {
  readonly #made: string[] = [];

  private constructor(
    private readonly url: string,
    private readonly leave: () => Promise<void>,
  ) {}

  /** The embedded server of a folder, which nobody else uses, or the one of a URL. */
  static async open(where: { folder: string } | { url: string }): Promise<ScratchServer> {
    if ('url' in where) {
      return new ScratchServer(where.url, async () => {});
    }
    const { acquireEmbeddedPostgres } = await import('../../database/embedded/index.js');
    // What a power cut destroys here is made anew each time.
    const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
    const server = await acquireEmbeddedPostgres({ folder: where.folder, settings });
    const scratch = new ScratchServer(server.url('postgres'), () => server.release());
    await scratch.#dropLeftovers();
    return scratch;
  }

  async makeDatabase(): Promise<string> {
    const name = `${prefix}${process.pid}_${randomUUID().replaceAll('-', '')}`;
    await withClient(this.url, client => client.query(`create database ${pg.escapeIdentifier(name)}`));
    this.#made.push(name);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  async close(): Promise<void> {
    await withClient(this.url, client => drop(client, this.#made));
    await this.leave();
  }

  /** Drops what processes left that were killed. */
  async #dropLeftovers(): Promise<void> {
    await withClient(this.url, async client => {
      const { rows } = await client.query<{ name: string }>(
        'select datname as name from pg_database where starts_with(datname, $1)',
        [prefix],
      );
      const names = rows.map(({ name }) => name);
      await drop(
        client,
        names.filter(name => !isAlive(Number(name.slice(prefix.length).split('_')[0]))),
      );
    });
  }
}

async function drop(client: pg.ClientBase, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Fills the tables of a migrated database with the sample data. */
export async function seedSamples(url: string, tenant: MigrationContext): Promise<void> {
  const orm = await MikroORM.init(migrationOptions(url, tenant, { silent: true }));
  try {
    await addMissingCountries(orm.em.getConnection());
    await orm.seeder.seed(DatabaseSeeder);
    await withClient(url, client => seedSampleUsers(client));
  } finally {
    await orm.close(true);
  }
}
