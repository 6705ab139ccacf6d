import type { MigratedTenant } from './tenants.js';
import type { MigrationWorker, Outcome } from './worker.js';

/** A tenant and the migrations that it is to see, up or down. */
export interface Step {
  tenant: MigratedTenant;
  migrations: readonly string[];
  /** Why it ends before the last migration. */
  held?: string;
}

/** What became of a tenant. */
export interface TenantOutcome {
  tenant: string;
  migrations: readonly string[];
  outcome: Outcome;
}

/** Why tenants were not tried. */
export type Stopped = 'interrupted' | 'canary failed' | 'too many failures';

/** What a rollout came to. */
export interface RolloutResult {
  outcomes: TenantOutcome[];
  /** Why it ended before all tenants were tried; undefined when all were. */
  stopped: Stopped | undefined;
  untried: number;
}

/** How steps are taken over many tenants. */
export interface RolloutSettings {
  verb: 'up' | 'down';
  workers: number;
  startWorker: () => Promise<MigrationWorker>;
  /** Tenants that come first; when one of them fails, no other is tried. */
  canaries: ReadonlySet<MigratedTenant>;
  /** Failures after which no further tenant is tried. */
  stopAfter: number;
  /** After which no further tenant is tried. */
  signal: AbortSignal;
  /** Is done before a tenant is migrated; when it fails, the tenant is not. */
  before?: (tenant: MigratedTenant) => Promise<void>;
  onOutcome: (outcome: TenantOutcome, step: Step) => Promise<void>;
}

/** Takes the steps, several at once. A failure of one tenant is told and keeps no other from its turn. */
export async function rollOut(steps: readonly Step[], settings: RolloutSettings): Promise<RolloutResult> {
  const first = steps.filter(({ tenant }) => settings.canaries.has(tenant));
  const then = steps.filter(({ tenant }) => !settings.canaries.has(tenant));
  const outcomes: TenantOutcome[] = [];
  const workers: MigrationWorker[] = [];
  let stopped: Stopped | undefined;
  const failures = () => outcomes.filter(({ outcome }) => outcome.kind === 'failed').length;

  const migrate = async ({ tenant, migrations, held }: Step, index: number): Promise<Outcome> => {
    const left: Outcome | undefined = held === undefined ? undefined : { kind: 'left', reason: held };
    if (left && migrations.length === 0) {
      return left;
    }
    try {
      await settings.before?.(tenant);
    } catch (error) {
      return { kind: 'failed', migration: undefined, reason: `No backup was made: ${(error as Error).message}` };
    }
    try {
      const worker = (workers[index] ??= await settings.startWorker());
      const outcome = await worker.migrate(settings.verb, tenant.schema, migrations);
      return outcome.kind === 'done' ? (left ?? outcome) : outcome;
    } catch (error) {
      // The server may take no more connections.
      return { kind: 'failed', migration: undefined, reason: (error as Error).message };
    }
  };
  const take = async (queue: Step[], index: number) => {
    while (queue.length > 0 && !stopped) {
      if (settings.signal.aborted) {
        stopped = 'interrupted';
        return;
      }
      const step = queue.shift()!;
      const outcome = await migrate(step, index);
      const told = { tenant: step.tenant.name, migrations: step.migrations, outcome };
      outcomes.push(told);
      await settings.onOutcome(told, step);
      if (failures() >= settings.stopAfter) {
        stopped = 'too many failures';
      }
    }
  };
  const takeAll = async (queue: Step[]) => {
    const count = Math.min(settings.workers, queue.length);
    await Promise.all(Array.from({ length: count }, (_, index) => take(queue, index)));
  };
  try {
    const [canaries, others] = [[...first], [...then]];
    await takeAll(canaries);
    if (!stopped && failures() > 0 && others.length > 0) {
      stopped = 'canary failed';
    }
    if (!stopped) {
      await takeAll(others);
    }
    const untried = steps.length - outcomes.length;
    return { outcomes, stopped: untried > 0 ? stopped : undefined, untried };
  } finally {
    await Promise.all(workers.map(worker => worker?.close()));
  }
}
