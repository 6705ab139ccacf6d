import type { Command } from 'commander';
import { loadConfig } from '../../../config.js';
import type { Format } from '../../../migrate/lint/formats.js';
import { addFormatOptions } from './format-options.js';

interface CompatibilityFlags {
  base?: string;
  format: Format;
  json?: boolean;
  server?: string;
  migrations?: string;
}

/** Adds `pier2 migrate compatibility`, which needs no database. */
export function addCompatibility(migrate: Command): void {
  const compatibility = migrate
    .command('compatibility')
    .description('Runs the statements of the last release on the new schema, and tells which operations would fail.');
  addFormatOptions(compatibility)
    .option('--base <ref>', 'the last release, as git knows it; without it, the newest tag, else the last commit')
    .option('--migrations <folder>', 'another folder of the shops’ migrations than that of this build')
    .option(
      '--server <url>',
      'a PostgreSQL on which it may make databases of its own; without it, an embedded one that only checks use',
    )
    .addHelpText('after', '\nExit codes: 0 all of them run, 1 some would fail.')
    .action(async ({ base, format, json, server: url, migrations }: CompatibilityFlags) => {
      const [{ oldCodeCheck }, { checkFormats }, { runChecks }, { ScratchServer, seedSamples }, { migrationContext }] =
        await Promise.all([
          import('../../../migrate/compatibility/old-code-check.js'),
          import('../../../migrate/check/formats.js'),
          import('../../../migrate/check/run-checks.js'),
          import('../../../migrate/check/scratch-server.js'),
          import('../../../migrate/context.js'),
        ]);
      const folder = `${loadConfig().database.embeddedFolder}-check`;
      const server = await ScratchServer.open(url === undefined ? { folder } : { url });
      try {
        const tenant = migrationContext('default');
        const outcomes = await runChecks([oldCodeCheck(base)], {
          platform: migrationContext('platform'),
          tenant: { ...tenant, ...(migrations !== undefined && { migrationsFolder: migrations }) },
          makeDatabase: () => server.makeDatabase(),
          seed: database => seedSamples(database, tenant),
          signal: new AbortController().signal,
        });
        const text = checkFormats[json ? 'json' : format](outcomes);
        if (text) {
          console.log(text);
        }
        process.exitCode = outcomes.some(({ findings }) => findings.length > 0) ? 1 : 0;
      } finally {
        await server.close();
      }
    });
}
