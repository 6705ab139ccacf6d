import { type Command, Option } from 'commander';
import type { Format } from '../../../migrate/lint/formats.js';
import type { Runner } from '../../../migrate/lint/rule.js';
import { addFormatOptions } from './format-options.js';

interface LintFlags {
  format: Format;
  json?: boolean;
  all?: boolean;
  runner: Runner;
}

/** Adds `pier2 migrate lint`, which finds what is dangerous in migrations, without a database. */
export function addLint(migrate: Command): void {
  const lint = migrate
    .command('lint')
    .description('Finds what is dangerous in migrations, without a database.')
    .argument(
      '[files...]',
      'only these migrations, or files of SQL; without any, all that are newer than the baseline',
    );
  addFormatOptions(lint)
    .option('--all', 'also migrations that landed before there were rules')
    .addOption(
      new Option('--runner <runner>', 'what will run them: one that sets a lock_timeout, or MikroORM, which does not')
        .choices(['pier2', 'mikro-orm'] satisfies Runner[])
        .default('pier2'),
    )
    .addHelpText('after', '\nExit codes: 0 nothing was found, 1 something was, 2 the command is wrong.');
  lint.action(async (files: string[], { format, json, all = false, runner }: LintFlags) => {
    // Loaded now, so that no other command loads the parser or the rules.
    const { lintMigrations, NoSuchMigration } = await import('../../../migrate/lint/lint-migrations.js');
    const { formats } = await import('../../../migrate/lint/formats.js');
    try {
      const report = await lintMigrations({ all, runner, ...(files.length > 0 && { files }) });
      const text = formats[json ? 'json' : format](report);
      if (text) {
        console.log(text);
      }
      process.exitCode = report.findings.length > 0 ? 1 : 0;
    } catch (error) {
      if (error instanceof NoSuchMigration) {
        lint.error(error.message);
      }
      throw error;
    }
  });
}
