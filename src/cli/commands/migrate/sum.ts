import type { Command } from 'commander';
import type { IntegrityFinding } from '../../../migrate/integrity.js';

/** Adds `pier2 migrate sum`. */
export function addSum(migrate: Command): void {
  migrate
    .command('sum')
    .description('Lists new migrations in migrations.sum, which tells when one is changed afterwards.')
    .argument(
      '[migrations...]',
      'migrations that were edited, removed or put between others, which no schema but your own has seen',
    )
    .option('--all', 'list all migrations as they are now, whatever was listed before')
    .option('--json', 'write JSON to standard output')
    .addHelpText(
      'after',
      '\nExit codes: 0 the list is up to date, 1 something else was changed, and nothing is listed.',
    )
    .action(async (migrations: string[], { all = false, json }: { all?: boolean; json?: boolean }) => {
      const { migrationFolders } = await import('../../../migrate/files.js');
      const { checkIntegrity, integrityRules, writeIntegrity } = await import('../../../migrate/integrity.js');
      const findings = all ? [] : await checkIntegrity();
      const refused = findings.filter(
        ({ rule, migration }) => rule !== integrityRules.unlisted.id && !migrations.includes(migration),
      );
      const listed = refused.length === 0;
      if (listed) {
        await writeIntegrity(migrationFolders);
      }
      if (json) {
        console.log(JSON.stringify({ listed, findings: refused }, null, 2));
      } else {
        tell(refused);
      }
      process.exitCode = listed ? 0 : 1;
    });
}

function tell(refused: readonly IntegrityFinding[]): void {
  if (refused.length === 0) {
    console.log('All migrations are listed in migrations.sum.');
    return;
  }
  refused.forEach(({ file, line, rule, message }) => console.error(`${file}:${line}  ${rule}\n  ${message}`));
  console.error(
    'Nothing was listed. Take these changes back, or name the migrations whose changes are right: no schema but your own may have seen them.',
  );
}
