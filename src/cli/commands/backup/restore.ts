import type { Command } from 'commander';
import type { RestoreReport } from '../../../backup/restore/restore-backup.js';
import { databaseUrl, hideSecret } from '../../../config/database-url.js';
import { openNamed } from '../../../database/server.js';
import { CommandError } from '../../failure.js';
import { ProgressBar } from '../../progress-bar.js';
import { type ArchiveFlags, chooseArchive, migrationsOption, ofArchive, withBackups } from './with-backups.js';

interface RestoreFlags extends ArchiveFlags {
  as?: string;
  database?: string;
  dropPrevious?: boolean;
  allowDrift?: boolean;
  json?: boolean;
}

/** Adds `pier2 backup restore`. */
export function addRestore(backup: Command): void {
  backup
    .command('restore')
    .description(
      'Brings a shop back from an archive, while it and all others are served. Until the end nothing is changed, whatever goes wrong.',
    )
    .argument('[file]', 'the name of the archive in the storage, or a path')
    .option('--date <date>', 'the last archive of this day, or from this moment or before')
    .option(
      '--tenant <name>',
      'the shop that is replaced; without it, the one of the archive, or with --date the default one',
    )
    .option('--as <name>', 'a new shop that is made of it, and is suspended until you resume it')
    .option('--database <url>', 'another database, which is made when there is none')
    .option('--drop-previous', 'drop what is replaced at once, rather than after a day')
    .option('--allow-drift', 'also where the schema was not what the migrations give; then it is')
    .addOption(migrationsOption())
    .option('--json', 'write JSON to standard output')
    .action((file: string | undefined, flags: RestoreFlags) =>
      withBackups(flags, async backups => {
        const archive = await chooseArchive(backups, file, flags);
        if (flags.database !== undefined) {
          await openOther(flags.database);
        }
        const { restoreBackup } = await import('../../../backup/restore/restore-backup.js');
        const bar = new ProgressBar('MB');
        const report = await ofArchive(archive.name, async () =>
          restoreBackup(flags.database ?? backups.url, backups.build, await archive.read(), {
            keys: backups.keys,
            signal: backups.signal,
            // With --date it says of which shop the archive is.
            tenant: flags.as === undefined ? flags.tenant : undefined,
            as: flags.as,
            prepareDatabase: flags.database !== undefined,
            dropPrevious: flags.dropPrevious ?? false,
            allowDrift: flags.allowDrift ?? false,
            actor: 'pier2 backup',
            onBytes: (done, total) => bar.show(done, total, Math.round(done / 1e6)),
          }),
        ).finally(() => bar.stop());
        console.log(flags.json ? JSON.stringify(report, null, 2) : describe(report, flags));
      }),
    );
}

/** @throws CommandError or DatabaseServerError that says what is wrong, without the password */
async function openOther(url: string): Promise<void> {
  if (!databaseUrl().safeParse(url).success) {
    throw new CommandError('--database should be a URL such as postgresql://user:password@host:5432/database.');
  }
  await openNamed(url, '--database');
}

function describe(
  { tenant, outcome, archive, rows, left, migrated, replaced, seconds }: RestoreReport,
  { database }: RestoreFlags,
): string {
  const where = database === undefined ? '' : ` in ${hideSecret(database)}`;
  const lines = [
    `Restored ${archive.tenant} as it was at ${archive.time}${where}: ${rows.toLocaleString('en')} rows in ${seconds} s.`,
  ];
  if (migrated.length > 0) {
    lines.push(`Migrated it to ${migrated.at(-1)}.`);
  }
  if (outcome !== 'replaced') {
    lines.push(
      `It is the shop ${tenant.name} in the schema ${tenant.schema}, suspended: "pier2 tenants resume" serves it.`,
    );
  }
  if (left.length > 0) {
    lines.push(`Left in the archive, since no migration gives them: ${left.join(', ')}.`);
  }
  if (replaced !== null) {
    lines.push(`What it replaced is kept for a day in the schema ${replaced}.`);
  }
  lines.push('Everybody has to sign in again.');
  return lines.join('\n');
}
