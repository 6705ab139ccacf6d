import type { Command } from 'commander';
import { loadConfig } from '../../../config.js';
import type { Format } from '../../../migrate/lint/formats.js';
import { exitCodeOf, untilSignal } from '../../../signals.js';
import { ProgressBar } from '../../progress-bar.js';
import { addFormatOptions } from './format-options.js';

interface CheckFlags {
  format: Format;
  json?: boolean;
  server?: string;
}

/** Adds `pier2 migrate check`, which needs no database. */
export function addCheck(migrate: Command): void {
  const check = migrate
    .command('check')
    .description(
      'Looks whether the migrations can be merged: as they were, in step with the entities, safe, and reversible.',
    );
  addFormatOptions(check)
    .option(
      '--server <url>',
      'a PostgreSQL on which it may make databases of its own; without it, an embedded one that only checks use',
    )
    .addHelpText('after', '\nExit codes: 0 there is nothing to mend, 1 there is.')
    .action(async ({ format, json, server: url }: CheckFlags) => {
      // Loaded now, since no other command needs the entities, the seeders and the rules.
      const [{ checks }, { checkFormats }, { runChecks }, { ScratchServer, seedSamples }, contexts] = await Promise.all(
        [
          import('../../../migrate/check/checks.js'),
          import('../../../migrate/check/formats.js'),
          import('../../../migrate/check/run-checks.js'),
          import('../../../migrate/check/scratch-server.js'),
          import('../../../migrate/context.js'),
        ],
      );
      const tenant = contexts.migrationContext('default');
      const folder = `${loadConfig().database.embeddedFolder}-check`;
      const server = await ScratchServer.open(url === undefined ? { folder } : { url });
      const bar = new ProgressBar('checks');
      const stop = new AbortController();
      void untilSignal().then(name => stop.abort(name));
      try {
        const project = {
          platform: contexts.migrationContext('platform'),
          tenant,
          makeDatabase: () => server.makeDatabase(),
          seed: (database: string) => seedSamples(database, tenant),
          signal: stop.signal,
        };
        const outcomes = await runChecks(checks, project, done => bar.show(done, checks.length));
        bar.stop();
        const text = checkFormats[json ? 'json' : format](outcomes);
        if (text) {
          console.log(text);
        }
        process.exitCode = outcomes.some(({ findings }) => findings.length > 0) ? 1 : 0;
      } catch (error) {
        if (error !== stop.signal.reason) {
          throw error;
        }
        process.exitCode = exitCodeOf(stop.signal);
      } finally {
        bar.stop();
        await server.close();
      }
    });
}
