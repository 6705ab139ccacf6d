import { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { migrationOptions } from '../../database/orm.options.js';
import { platformSchema } from '../../database/schemas.js';
import { withClient } from '../../database/with-client.js';
import { type Build, unseen } from '../build.js';
import { readSizes } from '../canaries.js';
import type { SchemaGroup } from '../drift.js';
import type { LintContext } from '../lint/lint-migrations.js';
import { loadParser } from '../lint/parser.js';
import type { PlatformMigrator } from '../platform-migrator.js';
import { platformContext } from '../platform-migrator.js';
import type { Progress } from '../report.js';
import { type Step, rollOut } from '../rollout.js';
import { readGroups, tenantContextOf } from '../run-over-tenants.js';
import { type MigratedTenant, readPlatform, readTenants, type Selection } from '../tenants.js';
import { MigrationWorker, type Outcome, type Patience } from '../worker.js';
import { Foretold } from './foretold.js';
import { PlanGroups } from './plan-groups.js';
import type { PlanFailure, PlanReport } from './plan-report.js';
import type { Rehearsal } from './rehearsal.js';
import { platformRehearsals, type RehearsalSettings, tenantRehearsals } from './rehearsal-contexts.js';

/** How migrations are rehearsed. */
export interface PlanOptions extends Pick<Patience, 'whenLocked' | 'lockTimeout' | 'statementTimeout'> {
  /** `samples` for the largest tenant of each form of the schema. */
  tenants: Selection | 'samples';
  /** Whether schemas that are not what the migrations give are taken too. */
  allowDrift: boolean;
  /** After which no further tenant is tried. */
  signal: AbortSignal;
  onProgress: Progress;
}

/**
 * Runs what is pending for real, in a transaction for each tenant that is rolled back, and tells what each statement did and
 * where that differs from what lint foretells.
 */
export async function plan(url: string, build: Build, options: PlanOptions): Promise<PlanReport> {
  const started = performance.now();
  const report: PlanReport = {
    platform: { migrations: [] },
    tenants: { total: 0, pending: 0, chosen: 0, rehearsed: 0, left: 0, failed: 0 },
    groups: [],
    failures: [],
    left: [],
    drift: [],
    stopped: undefined,
    seconds: 0,
  };
  await withClient(url, async client => {
    const tenants = await readTenants(client, options.tenants === 'samples' ? 'all' : options.tenants, build.tenant);
    const steps = tenants
      .map(tenant => ({ tenant, migrations: unseen(build.tenant, tenant.seen) }))
      .filter(({ migrations }) => migrations.length > 0);
    Object.assign(report.tenants, { total: tenants.length, pending: steps.length });
    const groups = steps.length === 0 ? [] : await readGroups(client, url, build, steps);
    report.drift = options.allowDrift ? [] : groups.filter(({ difference }) => difference);
    if (report.drift.length > 0) {
      return;
    }
    const chosen = options.tenants === 'samples' ? await chooseSamples(client, steps, groups) : steps;
    report.tenants.chosen = chosen.length;
    const pendingOfPlatform = unseen(build.platform, await readPlatform(client));
    const rehearsals = await Rehearsals.of(url, build, options, [
      ...pendingOfPlatform,
      ...chosen.flatMap(({ migrations }) => migrations),
    ]);
    if (pendingOfPlatform.length > 0) {
      report.platform = await rehearsals.ofPlatform(pendingOfPlatform);
    }
    if (report.platform.failure === undefined && chosen.length > 0) {
      await rehearsals.ofTenants(chosen, pendingOfPlatform, report);
    }
  });
  report.seconds = Math.round(performance.now() - started) / 1000;
  return report;
}

/** The largest tenant of each form that the schemas have at each version: what takes long does so there. */
async function chooseSamples(
  client: pg.Client,
  steps: readonly Step[],
  groups: readonly SchemaGroup[],
): Promise<Step[]> {
  const sizes = await readSizes(
    client,
    steps.map(({ tenant }) => tenant),
  );
  const size = ({ schema }: MigratedTenant) => sizes.get(schema) ?? 0;
  const largest = new Set(
    groups.map(({ tenants }) => tenants.reduce((best, other) => (size(other) > size(best) ? other : best))),
  );
  return steps.filter(({ tenant }) => largest.has(tenant));
}

/** Rehearses by a worker each for the platform and for tenants, one after the other: side by side they would disturb their figures. */
class Rehearsals {
  #current: Rehearsal | undefined;

  private constructor(
    private readonly url: string,
    private readonly build: Build,
    private readonly options: PlanOptions,
    private readonly settings: RehearsalSettings,
  ) {}

  static async of(url: string, build: Build, options: PlanOptions, migrations: readonly string[]): Promise<Rehearsals> {
    const contexts: LintContext[] = [platformContext, await tenantContextOf(build)];
    const foretold = await Foretold.read(contexts, new Set(migrations));
    const settings: RehearsalSettings = { foretold, parser: await loadParser(), onStart: () => {} };
    const rehearsals = new Rehearsals(url, build, options, settings);
    settings.onStart = rehearsal => (rehearsals.#current = rehearsal);
    return rehearsals;
  }

  async ofPlatform(migrations: readonly string[]): Promise<PlanReport['platform']> {
    const worker = await this.#startWorker(platformRehearsals(this.settings));
    try {
      const outcome = await worker.migrate('up', platformSchema, migrations);
      return {
        migrations: this.#current?.migrations ?? [],
        ...(outcome.kind !== 'done' && { failure: this.#failureOf(outcome) }),
      };
    } finally {
      this.#current = undefined;
      await worker.close();
    }
  }

  async ofTenants(steps: readonly Step[], platform: readonly string[], report: PlanReport): Promise<void> {
    const orm = await MikroORM.init(migrationOptions(this.url, platformRehearsals(), { silent: true }));
    const context = tenantRehearsals(await tenantContextOf(this.build), this.settings, async transaction => {
      if (platform.length > 0) {
        await (orm.migrator as PlatformMigrator).build(transaction, platform);
      }
    });
    const groups = new PlanGroups();
    let done = 0;
    try {
      const { stopped } = await rollOut(steps, {
        verb: 'up',
        workers: 1,
        startWorker: () => this.#startWorker(context),
        canaries: new Set(),
        stopAfter: Infinity,
        signal: this.options.signal,
        onOutcome: async ({ tenant, outcome }) => {
          if (outcome.kind === 'done') {
            report.tenants.rehearsed += 1;
            groups.add(tenant, this.#current!.migrations);
          } else if (outcome.kind === 'left') {
            report.tenants.left += 1;
            report.left.push({ tenant, reason: outcome.reason });
          } else {
            report.tenants.failed += 1;
            report.failures.push({ tenant, ...this.#failureOf(outcome) });
          }
          this.#current = undefined;
          this.options.onProgress((done += 1), steps.length);
        },
      });
      report.stopped = stopped;
      report.groups = groups.all;
    } finally {
      await orm.close(true);
    }
  }

  #startWorker(context: Parameters<typeof MigrationWorker.start>[1]): Promise<MigrationWorker> {
    // A second try would tell no more than that the first had to wait.
    const patience = { ...this.options, retries: 0, retryDelay: 0 };
    return MigrationWorker.start(this.url, context, patience, this.options.signal, false);
  }

  /** Where it failed, and what may be the reason that it would not in earnest. */
  #failureOf(outcome: Exclude<Outcome, { kind: 'done' }>): PlanFailure {
    const migration = (outcome.kind === 'failed' && outcome.migration) || null;
    const skipped = this.#current?.migrations.filter(({ wasRun }) => !wasRun) ?? [];
    const hint = skipped.map(
      ({ name }) => ` ${name}, which may be missing there, cannot be rolled back, so it was not run.`,
    );
    const reason = `${outcome.reason}${hint.join('')}`;
    return { migration, statement: this.#current?.current ?? null, reason };
  }
}
