import { Command, CommanderError, Help } from 'commander';
import { addBackupCommand } from './commands/backup.js';
import { addExportCommand } from './commands/export.js';
import { addImportCommand } from './commands/import.js';
import { addMigrateCommand } from './commands/migrate.js';
import { addStatisticsCommand } from './commands/statistics.js';
import { addTenantsCommand } from './commands/tenants.js';
import { addUsersCommand } from './commands/users.js';
import { explainFailure } from './failure.js';

/** The exit code of a command that was not understood. */
const wrongUsage = 2;

const help = new Help();

// `npx pier2 …`: what is done to a shop from a terminal, one file a command in `commands`.
const program = new Command('pier2')
  .description(
    'Imports and exports what shops have, makes shops and their first users, changes their schemas, and keeps backups.',
  )
  .exitOverride()
  // That nothing is given without an option that can be given several times need not be said.
  .configureHelp({ optionDescription: option => help.optionDescription(option).replace(' (default: [])', '') })
  .configureOutput({
    outputError: (text, write) => write(`${text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())}`),
  })
  .showHelpAfterError('Add --help to see what would be right.');
addBackupCommand(program);
addImportCommand(program);
addExportCommand(program);
addMigrateCommand(program);
addStatisticsCommand(program);
addTenantsCommand(program);
addUsersCommand(program);

// Whoever reads the output may stop, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    throw error;
  }
});
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has told what is wrong already.
    process.exitCode = error.exitCode === 0 ? 0 : wrongUsage;
  } else {
    console.error(explainFailure(error));
    // Where a signal stopped it, that one's code stands already.
    process.exitCode ||= 1;
  }
}
