import { withClient } from '../database/with-client.js';
import { type Build, unseen } from './build.js';
import { pendingBackfills } from './expand/progress.js';
import type { Asks } from './fingerprint.js';
import { type MigratedTenant, readPlatform, readTenants, type Selection } from './tenants.js';

/** How often the database is looked at, in milliseconds. */
const interval = 1000;

/**
 * What of this build's migrations the platform or a tenant lacks, or has not filled with rows yet, in one sentence; undefined
 * when nothing is.
 */
export function missingMigrations(
  url: string,
  build: Build,
  selection: Selection,
  states: readonly MigratedTenant['state'][],
): Promise<string | undefined> {
  return withClient(url, async client => {
    const platform = unseen(build.platform, await readPlatform(client));
    if (platform.length > 0) {
      return `The platform lacks ${platform[0]}${andMore(platform.length - 1, 'migration')}.`;
    }
    const tenants = (await readTenants(client, selection, build.tenant)).filter(({ state }) => states.includes(state));
    const behind = tenants.filter(({ seen }) => unseen(build.tenant, seen).length > 0);
    const [first] = behind;
    if (first) {
      return `${first.name}${andMore(behind.length - 1, 'shop')} lacks ${unseen(build.tenant, first.seen)[0]}.`;
    }
    return missingBackfill(client, build, tenants);
  });
}

async function missingBackfill(
  client: Asks,
  build: Build,
  tenants: readonly MigratedTenant[],
): Promise<string | undefined> {
  const known = new Set(build.tenant.map(({ name }) => name));
  // What a newer build has to fill is no concern of this one's.
  const pending = (await pendingBackfills(client)).filter(({ migration }) => known.has(migration));
  const expansionOf = new Map(pending.map(({ schema, migration }) => [schema, migration]));
  const unfilled = tenants.filter(({ schema }) => expansionOf.has(schema));
  const [first] = unfilled;
  return (
    first &&
    `${first.name}${andMore(unfilled.length - 1, 'shop')} is not backfilled for ${expansionOf.get(first.schema)}.`
  );
}

function andMore(count: number, what: string): string {
  return count > 0 ? ` (and ${count.toLocaleString('en')} more ${what}${count === 1 ? '' : 's'})` : '';
}

/**
 * Whether the schema that a process serves has the migrations of its build. It looks when it is asked, at the most once a
 * second, or a tenth of the time when that takes long; once all is there, it stays so.
 */
export class Readiness {
  #ready = false;
  #next = 0;
  #looking: Promise<string | undefined> | undefined;

  constructor(
    private readonly url: string,
    private readonly build: () => Promise<Build>,
  ) {}

  /** What is missing, in one sentence; undefined when nothing is. */
  async missing(): Promise<string | undefined> {
    if (this.#ready) {
      return undefined;
    }
    if (!this.#looking || performance.now() >= this.#next) {
      this.#next = Infinity;
      this.#looking = this.#look();
    }
    return this.#looking;
  }

  async #look(): Promise<string | undefined> {
    const started = performance.now();
    try {
      const missing = await missingMigrations(this.url, await this.build(), 'all', ['ACTIVE']);
      this.#ready = missing === undefined;
      return missing;
    } catch {
      return 'The database does not answer.';
    } finally {
      const now = performance.now();
      this.#next = now + Math.max(interval, 9 * (now - started));
    }
  }
}
