import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ensureDatabase } from '../src/database/ensure-database.js';
import { withClient } from '../src/database/with-client.js';

/** Who signs in to the API. The database is of these measurements alone. */
export const owner = { email: 'owner@bench.example', name: 'Agrajag', password: 'a-password-of-measurements-alone' };

/**
 * Makes sure that a database holds the tables, as the checkout's migrations have them, that many orders made by its own
 * `seed:load`, an
 * owner, and an operator of the same name. What stands is kept, so the second run begins at once.
 */
export async function prepareDataSet(url: string, orders: number, folder: string): Promise<void> {
  await ensureDatabase(url);
  const run = runIn(folder, url);
  await run('node_modules/@mikro-orm/cli/cli.js', ['migration:up']);
  if (await isEmpty(url, 'orders')) {
    await run('--import @oxc-node/core/register seeders/load/main.ts', ['--orders', String(orders)]);
  }
  const { email, name, password } = owner;
  const createOwner = ['users', 'create-owner', '--email', email, '--name', name, '--password-stdin'];
  if (await isEmpty(url, 'users')) {
    await run('src/cli/pier2-command.js', createOwner, password);
  }
  if (await isEmpty(url, 'platform.users')) {
    await run('src/cli/pier2-command.js', [...createOwner, '--operator'], password);
  }
}

async function isEmpty(url: string, table: string): Promise<boolean> {
  return withClient(url, async client => (await client.query(`select from ${table} limit 1`)).rowCount === 0);
}

/** Runs programs of a checkout on a database. */
function runIn(folder: string, databaseUrl: string) {
  return async (program: string, args: string[], input = ''): Promise<void> => {
    const child = spawn(process.execPath, [...program.split(' '), ...args], {
      cwd: folder,
      env: { ...process.env, DATABASE_URL: databaseUrl },
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) {
      throw new Error(`${program} ${args[0]} ended with ${code}.`);
    }
  };
}
