import type pg from 'pg';
import { withClient } from '../database/with-client.js';
import { type Build, hashOfBuild } from './build.js';
import { chooseCanaries } from './canaries.js';
import { groupBySchema, type SchemaGroup } from './drift.js';
import { MigrateError } from './migrate-error.js';
import type { MigrationReport, Progress } from './report.js';
import { rollOut, type Step } from './rollout.js';
import { type Run, noteEnd, noteFailure, noteRun } from './runs.js';
import { type MigratedTenant, readTenants, type Selection } from './tenants.js';
import type { MigrationWorker, Patience } from './worker.js';

/** What a run over tenants does, and how careful it is. */
export interface RunOptions extends Patience {
  tenants: Selection;
  /** Tenants that are migrated at once. */
  parallel: number;
  /** Names of tenants that come first; `auto` for those that show most, and none for no order. */
  canaries: 'auto' | readonly string[];
  /** Failures after which no further tenant is tried. */
  stopAfter: number;
  dryRun: boolean;
  /** Whether schemas that are not what the migrations give are migrated too. */
  allowDrift: boolean;
  /** Makes a backup of a tenant before it is migrated; undefined for none. */
  backUp?: ((schema: string) => Promise<void>) | undefined;
  /** After which no further tenant is tried. */
  signal: AbortSignal;
  onProgress: Progress;
}

/** What a tenant is to run: nothing when it is where it should be. */
export type StepOf = (tenant: MigratedTenant) => readonly string[];

/**
 * Runs migrations over tenants, each of which has steps of its own: those that drift are refused, canaries come first, and
 * what became of each is told and noted.
 */
export async function runOverTenants(
  url: string,
  build: Build,
  options: RunOptions,
  run: Pick<Run, 'verb' | 'target'>,
  stepOf: StepOf,
): Promise<Omit<MigrationReport, 'platform' | 'seconds' | 'unchanged'>> {
  const direction = run.verb === 'apply' ? 'up' : 'down';
  return withClient(url, async client => {
    const tenants = await readTenants(client, options.tenants, build.tenant);
    const wanted: Step[] = tenants
      .map(tenant => ({ tenant, migrations: stepOf(tenant) }))
      .filter(({ migrations }) => migrations.length > 0);
    const steps = run.verb === 'apply' && wanted.length > 0 ? await hold(client, build, wanted) : wanted;
    const report = {
      ...run,
      dryRun: options.dryRun,
      tenants: {
        total: tenants.length,
        upToDate: tenants.length - steps.length,
        migrated: 0,
        left: 0,
        failed: 0,
        untried: steps.length,
      },
      outcomes: steps.map(({ tenant, migrations, held }) => ({
        tenant: tenant.name,
        migrations,
        outcome: { kind: 'planned' as const, ...(held !== undefined && { held }) },
      })),
      drift: [],
      stopped: undefined,
    };
    const groups = steps.length === 0 ? [] : await readGroups(client, url, build, steps);
    const drift = groups.filter(({ difference }) => difference);
    if (drift.length > 0 && !options.allowDrift) {
      return { ...report, outcomes: [], drift };
    }
    if (options.dryRun) {
      return report;
    }
    const ofAll = options.tenants === 'all';
    const canaries = await canariesOf(client, options, steps, groups);
    const id = await noteRun(client, { ...run, hash: await hashOfBuild(build), ofAll });
    let done = 0;
    const result = await rollOut(steps, {
      verb: direction,
      workers: options.parallel,
      startWorker: () => startWorker(url, build, options),
      canaries,
      stopAfter: options.stopAfter,
      signal: options.signal,
      before: async ({ schema }) => options.backUp?.(schema),
      onOutcome: async (outcome, { tenant }) => {
        await noteFailure(client, tenant.schema, outcome);
        done += 1;
        options.onProgress(done, steps.length);
      },
    });
    const count = (kind: string) => result.outcomes.filter(({ outcome }) => outcome.kind === kind).length;
    const migrated = count('done');
    await noteEnd(client, id, result, ofAll && run.target === null && migrated === steps.length);
    return {
      ...report,
      tenants: { ...report.tenants, migrated, left: count('left'), failed: count('failed'), untried: result.untried },
      outcomes: result.outcomes,
      stopped: result.stopped,
    };
  });
}

// The ORM and the entities take a second to load, which a run with nothing to do does without.
async function hold(client: pg.Client, build: Build, steps: readonly Step[]): Promise<Step[]> {
  const { holdContracts } = await import('./expand/hold-contracts.js');
  return holdContracts(client, build, steps);
}

/** The tenants of steps in groups of equal schemas. */
export async function readGroups(
  client: pg.Client,
  url: string,
  build: Build,
  steps: readonly Step[],
): Promise<SchemaGroup[]> {
  const [{ ExpectedSchemas }, context] = await Promise.all([import('./expected.js'), tenantContextOf(build)]);
  const expected = new ExpectedSchemas(url, context, build.tenant);
  try {
    return await groupBySchema(
      client,
      expected,
      build.tenant,
      steps.map(({ tenant }) => tenant),
    );
  } finally {
    await expected.close();
  }
}

async function startWorker(url: string, build: Build, options: RunOptions): Promise<MigrationWorker> {
  const [{ MigrationWorker }, context] = await Promise.all([import('./worker.js'), tenantContextOf(build)]);
  return MigrationWorker.start(url, context, options, options.signal);
}

/** What the ORM needs to know to migrate tenants. */
export async function tenantContextOf({ tenantFolder }: Build) {
  const { tenantContext } = await import('./tenant-migrator.js');
  return { ...tenantContext, migrationsFolder: tenantFolder };
}

async function canariesOf(
  client: pg.Client,
  { canaries }: RunOptions,
  steps: readonly Step[],
  groups: readonly SchemaGroup[],
): Promise<Set<MigratedTenant>> {
  const tenants = steps.map(({ tenant }) => tenant);
  if (canaries === 'auto') {
    const forms = new Map(
      groups.flatMap(({ fingerprint, tenants: members }) =>
        members.map(({ schema }) => [schema, fingerprint] as const),
      ),
    );
    return chooseCanaries(client, tenants, forms);
  }
  const found = tenants.filter(({ name }) => canaries.includes(name));
  const missing = canaries.find(name => !found.some(tenant => tenant.name === name));
  if (missing !== undefined) {
    throw new MigrateError(`"${missing}" has nothing to run, so it shows nothing: name another canary.`);
  }
  return new Set(found);
}
