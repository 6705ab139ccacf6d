import type { Command } from 'commander';
import type { BackupKeys } from '../../../backup/archive/encryption.js';
import type { Storage } from '../../../backup/storage/storage.js';
import { loadConfig } from '../../../config.js';
import type { Build } from '../../../migrate/build.js';
import { withStorage } from '../../with-storage.js';
import { addRunOptions, type RunFlags } from './options.js';
import { runExitCodes, runOver } from './run.js';

/** Adds `pier2 migrate apply`. */
export function addApply(migrate: Command): void {
  const command = migrate
    .command('apply')
    .description(
      'Brings the platform and then all shops to the migrations of this build, or the shops that are named.',
    );
  addRunOptions(command, 'the last migration of shops that runs; without it, all')
    .option('--only-changed', 'do nothing when the last complete run was of the same migrations')
    .option('--backup-first', 'archive each shop before it is migrated; one that cannot be archived is left as it is')
    .addHelpText('after', runExitCodes)
    .action(async (flags: RunFlags & { onlyChanged?: boolean; backupFirst?: boolean }) => {
      const { apply } = await import('../../../migrate/apply.js');
      const { backup } = loadConfig();
      await withStorage(async storage => {
        let archived = 0;
        await runOver(flags, (url, build, options) =>
          apply(url, build, {
            ...options,
            to: flags.to,
            onlyChanged: flags.onlyChanged ?? false,
            backUp: flags.backupFirst
              ? async schema => {
                  await backUp(url, build, schema, storage, backup.keys);
                  archived += 1;
                }
              : undefined,
          }),
        );
        if (archived > 0 && !flags.json) {
          console.log(`Before that, archived ${archived} ${archived === 1 ? 'shop' : 'shops'} in ${storage.place}.`);
        }
      });
    });
}

// Loaded when it is needed, since few runs do.
async function backUp(url: string, build: Build, schema: string, storage: Storage, keys: BackupKeys): Promise<void> {
  const { createBackup } = await import('../../../backup/create-backup.js');
  await createBackup(url, build, schema, storage, { keys });
}
