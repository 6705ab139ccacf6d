import { loadConfig } from '../config.js';
import { openDatabaseServer } from '../database/server.js';
import { withClient } from '../database/with-client.js';
import { apply } from '../migrate/apply.js';
import { hashOfBuild, readBuild } from '../migrate/build.js';
import type { MigrationReport } from '../migrate/report.js';
import { parallelFor, runDefaults } from '../migrate/run-defaults.js';
import { wasEverComplete } from '../migrate/runs.js';
import type { StackOutcome } from './stack-answer.js';
import type { TimeLeft } from './time-left.js';

/** Shops that are told by name. */
const namedAtMost = 5;

/** What is told when a function has no time left. */
export const ranOut = 'The function’s time ran out. What is done stays done: deploy again, and it goes on.';

/**
 * Brings the platform and all shops to this build's migrations, when it is this build's hash that a stack is deployed with.
 * @param migrations another folder of shops' migrations than this build's
 */
export async function migrateForStack(
  hash: string | undefined,
  time: TimeLeft,
  migrations: string | undefined,
): Promise<StackOutcome> {
  const config = loadConfig().database;
  const database = await openDatabaseServer(config);
  try {
    const build = await readBuild(migrations);
    const own = await hashOfBuild(build);
    if (hash !== own) {
      return await tellOfOtherBuild(database.url, hash, own);
    }
    const report = await apply(database.url, build, {
      ...runDefaults,
      tenants: 'all',
      parallel: parallelFor(config.poolMax),
      canaries: 'auto',
      onlyChanged: true,
      dryRun: false,
      allowDrift: false,
      signal: time.stop,
      cutOff: time.cutOff,
      onProgress: () => {},
    });
    // What failed, and why, holds values of shops' rows: it is for the function's log.
    console.log(JSON.stringify(report));
    return outcomeOf(report, time);
  } finally {
    await database.release();
  }
}

/**
 * A stack that rolls back asks for the hash that it had before, which needs nothing: an older build works on a newer schema,
 * and nothing is taken back. Any other hash is a mistake, by which migrations would be left out in silence.
 */
async function tellOfOtherBuild(url: string, hash: string | undefined, own: string): Promise<StackOutcome> {
  const known = hash !== undefined && (await withClient(url, client => wasEverComplete(client, hash)));
  return known
    ? { done: true, told: 'These are the migrations of another build, which have run. The schema stays as it is.' }
    : { done: false, told: `MigrationHash should be ${own}, as "pier2 migrate hash" prints it for this build.` };
}

function outcomeOf(report: MigrationReport, time: TimeLeft): StackOutcome {
  const { unchanged, platform, tenants, drift, outcomes } = report;
  const { upToDate, migrated, failed, left, untried } = tenants;
  if (unchanged) {
    return { done: true, told: 'The migrations are those of the last complete run; there was nothing to do.' };
  }
  if (platform.failure !== undefined) {
    const told = 'The platform could not be migrated, so no shop was: the function’s log says why.';
    return { done: false, told: time.stop.aborted ? `${ranOut} ${told}` : told };
  }
  if (drift.length > 0) {
    const names = namesOf(drift.flatMap(group => group.tenants.map(({ name }) => name)));
    const told = `Nothing was run, since these shops’ schemas are not what the migrations give: ${names}. "pier2 migrate drift" tells what differs.`;
    return { done: false, told };
  }
  const counts = `${shops(migrated)} migrated, ${shops(upToDate)} had nothing to do`;
  if (failed + left + untried === 0) {
    return { done: true, told: `${counts}.` };
  }
  const ofKind = (kind: string) =>
    namesOf(outcomes.filter(({ outcome }) => outcome.kind === kind).map(({ tenant }) => tenant));
  const told = [
    ...(time.stop.aborted ? [ranOut] : []),
    ...(failed > 0 ? [`${shops(failed)} failed, and the function’s log says why: ${ofKind('failed')}.`] : []),
    ...(left > 0 ? [`${shops(left)} left out: ${ofKind('left')}.`] : []),
    ...(untried > 0 ? [`${shops(untried)} not tried.`] : []),
    `${counts}.`,
  ];
  return { done: false, told: told.join(' ') };
}

function namesOf(names: readonly string[]): string {
  const more = names.length - namedAtMost;
  return `${names.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function shops(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'shop' : 'shops'}`;
}
