import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { FoundArchive } from '../../../backup/find-archive.js';
import { ProgressBar } from '../../progress-bar.js';
import { type ArchiveFlags, chooseArchive, migrationsOption, ofArchive, withBackups } from './with-backups.js';

/** Adds `pier2 backup verify`. */
export function addVerify(backup: Command): void {
  backup
    .command('verify')
    .description(
      'Reads an archive, restores it into a schema that is gone afterwards, and compares; then "list" shows when that was.',
    )
    .argument('[file]', 'its name in the storage, or a path')
    .option('--date <date>', 'the last archive of this day, or from this moment or before')
    .option('--tenant <name>', 'the shop of --date; without it, the default one')
    .option('--allow-drift', 'also where the schema was not what the migrations give')
    .addOption(migrationsOption())
    .option('--json', 'write JSON to standard output')
    .action((file: string | undefined, flags: ArchiveFlags & { allowDrift?: boolean; json?: boolean }) =>
      withBackups(flags, async backups => {
        const archive = await chooseArchive(backups, file, flags);
        const [{ verifyBackup }, { readSidecar, writeSidecar }] = await Promise.all([
          import('../../../backup/verify-backup.js'),
          import('../../../backup/sidecar.js'),
        ]);
        const { storage, name } = archive.beside;
        const sidecar = await readSidecar(storage, name).catch(() => undefined);
        const bar = new ProgressBar('MB');
        const verified = await ofArchive(archive.name, async () =>
          verifyBackup(backups.url, backups.build, await archive.read(), {
            keys: backups.keys,
            signal: backups.signal,
            sha256: sidecar?.sha256,
            allowDrift: flags.allowDrift ?? false,
            onBytes: (done, total) => bar.show(done, total, Math.round(done / 1e6)),
          }),
        )
          .catch(async (error: unknown) => {
            if (sidecar?.verifiedAt && (await sha256Of(archive)) !== sidecar.sha256) {
              await writeSidecar(storage, name, { ...sidecar, verifiedAt: null });
            }
            throw error;
          })
          .finally(() => bar.stop());
        if (sidecar) {
          await writeSidecar(storage, name, { ...sidecar, verifiedAt: new Date() });
        }
        console.log(
          flags.json
            ? JSON.stringify({ archive: archive.name, ...verified }, null, 2)
            : `${archive.name} is whole: ${verified.tenant} as it was at ${verified.time}, ${verified.rows.toLocaleString('en')} rows.`,
        );
      }),
    );
}

/** The checksum of an archive's bytes as they are now; a failure of another kind than damage leaves it as it was. */
async function sha256Of({ read }: FoundArchive): Promise<string> {
  const { Measure } = await import('../../../backup/measure.js');
  const measure = new Measure().resume();
  await pipeline(await read(), measure);
  return measure.measured().sha256;
}
