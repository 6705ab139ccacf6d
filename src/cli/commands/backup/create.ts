import type { Command } from 'commander';
import pLimit from 'p-limit';
import prettyBytes from 'pretty-bytes';
import type { CreatedBackup } from '../../../backup/create-backup.js';
import type { Storage } from '../../../backup/storage/storage.js';
import { defaultTenantSchema } from '../../../database/schemas.js';
import { withClient } from '../../../database/with-client.js';
import { exitCodeOf } from '../../../signals.js';
import { CommandError, explainFailure } from '../../failure.js';
import { ProgressBar } from '../../progress-bar.js';
import { collect, selectionOf, whole } from '../migrate/options.js';
import { addRetentionOptions, type RetentionFlags, retentionOf } from './options.js';
import { type Backups, migrationsOption, withBackups } from './with-backups.js';

interface CreateFlags extends RetentionFlags {
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
  const command = backup
    .command('create')
    .description('Writes an archive of the default shop, of those that are named or of all, one file a shop.');
  addRetentionOptions(command)
    .option('--tenant <name>', 'a shop; can be given several times', collect, [])
    .option('--all', 'all shops')
    .option('--parallel <n>', 'shops at once', whole(1), 2)
    .addOption(migrationsOption())
    .option('--json', 'write JSON to standard output')
    .addHelpText(
      'after',
      '\nWith a --keep option, older archives of what was archived go, as by "pier2 backup prune".\nExit codes: 0 all are archived, 1 some are not, 2 the command is wrong, 130 or 143 stopped.',
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
  const removed = signal.aborted ? [] : await removeOlder(storage, outcomes, flags);
  tell(outcomes, removed, storage.place, flags.json);
  const isDone = outcomes.length === shops.length && outcomes.every(({ outcome }) => outcome === 'archived');
  process.exitCode = signal.aborted ? exitCodeOf(signal) : isDone ? 0 : 1;
}

/** Removes what no rule keeps, of the shops that have a new archive; gives the names. */
async function removeOlder(
  storage: Storage,
  outcomes: readonly Outcome[],
  flags: RetentionFlags,
): Promise<readonly string[]> {
  const retention = retentionOf(flags);
  const schemas = outcomes.filter(({ outcome }) => outcome === 'archived').map(({ tenant }) => tenant.schema);
  if (!retention || schemas.length === 0) {
    return [];
  }
  const { prune } = await import('../../../backup/prune.js');
  const archives = await prune(storage, { schemas }, retention);
  return archives.filter(({ kept }) => kept.length === 0).map(({ name }) => name);
}

async function chooseShops({ url, build }: Backups, flags: CreateFlags): Promise<{ name: string; schema: string }[]> {
  const { readTenants } = await import('../../../migrate/tenants.js');
  const selection = selectionOf(flags);
  const shops = await withClient(url, client => readTenants(client, selection, build.tenant));
  const chosen =
    flags.all || flags.tenant.length > 0 ? shops : shops.filter(({ schema }) => schema === defaultTenantSchema);
  if (chosen.length === 0) {
    throw new CommandError('The database has no shop, so there is nothing to archive; look at DATABASE_URL.');
  }
  return chosen;
}

function tell(
  outcomes: readonly Outcome[],
  removed: readonly string[],
  place: string,
  json: boolean | undefined,
): void {
  if (json) {
    console.log(JSON.stringify({ storage: place, archives: outcomes, removed }, null, 2));
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
  if (removed.length > 0) {
    console.log(
      `Removed ${removed.length} older ${removed.length === 1 ? 'archive' : 'archives'}: ${removed.join(', ')}`,
    );
  }
}
