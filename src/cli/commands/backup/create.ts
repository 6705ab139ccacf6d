import type { Command } from 'commander';
import pLimit from 'p-limit';
import prettyBytes from 'pretty-bytes';
import type { CreatedBackup } from '../../../backup/create-backup.js';
import { defaultTenantSchema } from '../../../database/schemas.js';
import { withClient } from '../../../database/with-client.js';
import { explainFailure } from '../../failure.js';
import { ProgressBar } from '../../progress-bar.js';
import { collect, selectionOf, whole } from '../migrate/options.js';
import { exitCodes } from '../migrate/run.js';
import { type Backups, migrationsOption, withBackups } from './with-backups.js';

interface CreateFlags {
  tenant: string[];
  all?: boolean;
  parallel: number;
  migrations?: string;
  json?: boolean;
}

/** What became of a shop. */
type Outcome =
  | ({ outcome: 'archived' } & CreatedBackup)
  | { outcome: 'failed'; tenant: { id?: string; name: string; schema: string }; reason: string };

/** Adds `pier2 backup create`. */
export function addCreate(backup: Command): void {
  backup
    .command('create')
    .description('Writes an archive of the default shop, of those that are named or of all, one file a shop.')
    .option('--tenant <name>', 'a shop; can be given several times', collect, [])
    .option('--all', 'all shops')
    .option('--parallel <n>', 'shops at once', whole(1), 2)
    .addOption(migrationsOption())
    .option('--json', 'write JSON to standard output')
    .addHelpText(
      'after',
      '\nExit codes: 0 all are archived, 1 some are not, 2 the command is wrong, 130 or 143 stopped.',
    )
    .action((flags: CreateFlags) => withBackups(flags, backups => create(backups, flags)));
}

async function create(backups: Backups, flags: CreateFlags): Promise<void> {
  const { url, build, storage, keys, signal } = backups;
  const shops = await chooseShops(backups, flags);
  const { createBackup } = await import('../../../backup/create-backup.js');
  const bar = new ProgressBar(shops.length === 1 ? 'MB' : 'shops');
  const outcomes: Outcome[] = [];
  const limit = pLimit(flags.parallel);
  await limit.map(shops, async ({ name, schema }) => {
    if (signal.aborted) {
      return;
    }
    try {
      const onBytes = (done: number, total: number) => bar.show(done, total, Math.round(done / 1e6));
      const made = await createBackup(url, build, schema, storage, {
        keys,
        signal,
        ...(shops.length === 1 && { onBytes }),
      });
      outcomes.push({ outcome: 'archived', ...made });
    } catch (error) {
      // A shop that cannot be archived keeps no other from its turn.
      const explained = explainFailure(error);
      const reason = typeof explained === 'string' ? explained : (error as Error).message;
      outcomes.push({ outcome: 'failed', tenant: { name, schema }, reason });
    }
    if (shops.length > 1) {
      bar.show(outcomes.length, shops.length);
    }
  });
  bar.stop();
  tell(outcomes, storage.place, flags.json);
  const isDone = outcomes.length === shops.length && outcomes.every(({ outcome }) => outcome === 'archived');
  process.exitCode = signal.aborted
    ? exitCodes[signal.reason as 'SIGINT' | 'SIGTERM']
    : isDone
      ? 0
      : exitCodes.incomplete;
}

async function chooseShops({ url, build }: Backups, flags: CreateFlags): Promise<{ name: string; schema: string }[]> {
  const { readTenants } = await import('../../../migrate/tenants.js');
  const selection = selectionOf(flags);
  const shops = await withClient(url, client => readTenants(client, selection, build.tenant));
  return flags.all || flags.tenant.length > 0 ? shops : shops.filter(({ schema }) => schema === defaultTenantSchema);
}

function tell(outcomes: readonly Outcome[], place: string, json: boolean | undefined): void {
  if (json) {
    console.log(JSON.stringify({ storage: place, archives: outcomes }, null, 2));
    return;
  }
  for (const outcome of outcomes) {
    if (outcome.outcome === 'failed') {
      console.error(`${outcome.tenant.name}: ${outcome.reason}`);
    } else {
      const { tenant, rows, size, encrypted, name } = outcome;
      const how = encrypted ? 'encrypted, ' : '';
      console.log(`${tenant.name}: ${rows.toLocaleString('en')} rows, ${how}${prettyBytes(size)}, in ${name}`);
    }
  }
  const archived = outcomes.filter(({ outcome }) => outcome === 'archived').length;
  console.log(`Archived ${archived} ${archived === 1 ? 'shop' : 'shops'} in ${place}.`);
}
