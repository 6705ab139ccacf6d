import type { Command } from 'commander';

/** Adds `pier2 backup generate-key`. */
export function addGenerateKey(backup: Command): void {
  backup
    .command('generate-key')
    .description('Prints a new key for archives, as settings; keep the identity where archives are not.')
    .action(async () => {
      const { generateKey } = await import('../../../backup/archive/encryption.js');
      const { identity, recipient } = await generateKey();
      console.log(`BACKUP_RECIPIENTS=${recipient}\nBACKUP_IDENTITIES=${identity}`);
    });
}
