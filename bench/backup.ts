/**
 * Measures `pier2 backup` over a shop of so many rows, and the same by pg_dump and pg_restore where --bin says where those are.
 * The shop is made once and kept. Without --url it stands on the embedded server, whose pg_dump does not come along.
 *
 *     NODE_ENV=production node --import @oxc-node/core/register bench/backup.ts --orders 100000 \
 *       --url postgresql://postgres@localhost:5432/backup_bench --bin /usr/lib/postgresql/15/bin
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { load } from '../seeders/load/load.js';
import { generateKey } from '../src/backup/archive/encryption.js';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { ensureDatabase } from '../src/database/ensure-database.js';
import { withClient } from '../src/database/with-client.js';
import { migrateAndSeed } from '../src/migrate/at-start.js';
import { projectFolder } from '../src/project-folder.js';
import { measureCommand, measureProcess } from './measure-command.js';

const { values } = parseArgs({
  options: { orders: { type: 'string', default: '100000' }, url: { type: 'string' }, bin: { type: 'string' } },
});

const embedded = values.url
  ? undefined
  : await acquireEmbeddedPostgres({ folder: `${projectFolder}/.pier2/bench-postgres` });
const url = values.url ?? embedded!.url('backup_bench');
const folder = await mkdtemp(join(tmpdir(), 'pier2-bench-backup-'));
try {
  await ensureDatabase(url);
  await fill();
  await measureOurs('', {});
  const { recipient, identity } = await generateKey();
  await measureOurs(', encrypted', { BACKUP_RECIPIENTS: recipient, BACKUP_IDENTITIES: identity });
  if (values.bin) {
    await measureTheirs(values.bin);
  }
} finally {
  await rm(folder, { recursive: true });
  await embedded?.release();
}

async function fill(): Promise<void> {
  await migrateAndSeed(url, { seed: false, users: false });
  await withClient(url, async client => {
    const { rows: found } = await client.query('select from orders limit 1');
    if (found.length === 0) {
      await load(client, { orders: Number(values.orders), randomSeed: 42, schema: 'public' });
    }
    const { rows } = await client.query<{ rows: number; bytes: number }>(
      `select sum((xpath('/row/count/text()', query_to_xml(format('select count(*) from %I', tablename), false, true, '')))[1]::text::int)::int as rows,
         sum(pg_table_size(tablename::regclass))::float8 as bytes from pg_tables where schemaname = 'public'`,
    );
    console.log(`${rows[0]!.rows.toLocaleString('en')} rows, ${(rows[0]!.bytes / 1e6).toFixed(0)} MB in their tables`);
  });
}

async function measureOurs(how: string, settings: NodeJS.ProcessEnv): Promise<void> {
  const storage = join(folder, `storage${how.replace(', ', '-')}`);
  const allSettings = { DATABASE_URL: url, BACKUP_STORAGE: storage, ...settings };
  const pier2 = (what: string, ...args: string[]) =>
    measureCommand(`pier2 backup ${what}${how}`, allSettings, 'backup', what, ...args);
  await pier2('create');
  const [archive] = (await readdir(join(storage, 'public'))).filter(name => !name.endsWith('.json'));
  await tellSize(join(storage, 'public', archive!));
  await pier2('verify', `public/${archive}`);
  await pier2('restore', `public/${archive}`, '--drop-previous');
}

async function measureTheirs(bin: string): Promise<void> {
  const file = join(folder, 'shop.dump');
  const schema = '--schema=public';
  await measureProcess('pg_dump -Fc', join(bin, 'pg_dump'), ['-Fc', schema, '-f', file, '-d', url]);
  await tellSize(file);
  const into = new URL(url);
  into.pathname += '_restored';
  await ensureDatabase(into.href);
  // What the tables stand on: the dump has the schema of the shop alone.
  await withClient(into.href, client => client.query('drop schema if exists public, platform cascade'));
  await migratePlatformOf(into.href);
  await measureProcess('pg_restore', join(bin, 'pg_restore'), ['--exit-on-error', '-d', into.href, file]);
}

async function migratePlatformOf(other: string): Promise<void> {
  const { migratePlatform } = await import('../src/migrate/platform-migrator.js');
  await migratePlatform(other, { silent: true });
}

async function tellSize(file: string): Promise<void> {
  console.log(`  ${((await stat(file)).size / 1e6).toFixed(1)} MB`);
}
