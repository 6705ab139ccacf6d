import { type Build, findMigration } from './build.js';
import { MigrateError } from './migrate-error.js';
import type { MigrationReport } from './report.js';
import { type RunOptions, runOverTenants } from './run-over-tenants.js';

/** How migrations are taken back. */
export interface DownOptions extends RunOptions {
  /** The migration that stays as the last one, `0` for none; without it the last one alone is taken back. */
  to?: string | undefined;
}

/** Takes migrations of tenants back. The platform stays as it is. What fails is told in the report. */
export async function down(url: string, build: Build, options: DownOptions): Promise<MigrationReport> {
  const started = performance.now();
  const to = options.to === undefined || options.to === '0' ? options.to : findMigration(build, options.to);
  const known = new Set(build.tenant.map(({ name }) => name));
  const result = await runOverTenants(url, build, options, { verb: 'down', target: to ?? null }, ({ name, seen }) => {
    const back = [...seen].reverse();
    const place = to === undefined ? 1 : to === '0' ? back.length : back.indexOf(to);
    const migrations = back.slice(0, Math.max(place, 0));
    const unknown = migrations.find(migration => !known.has(migration));
    if (unknown !== undefined) {
      throw new MigrateError(
        `${name} has seen ${unknown}, which this build cannot take back, since it does not have it.`,
      );
    }
    return migrations;
  });
  const seconds = Math.round(performance.now() - started) / 1000;
  return { ...result, platform: { migrations: [] }, unchanged: false, seconds };
}
