import { setTimeout as sleep } from 'node:timers/promises';
import type { Build } from './build.js';
import { missingMigrations } from './readiness.js';
import type { Selection } from './tenants.js';

const interval = 1000;

/**
 * Waits until the platform and tenants have this build's migrations.
 * @returns what is still missing at the end of the time, in one sentence; undefined when nothing is
 */
export async function waitForMigrations(
  url: string,
  build: Build,
  { tenants, timeout, signal }: { tenants: Selection; timeout: number; signal: AbortSignal },
): Promise<string | undefined> {
  const end = performance.now() + timeout;
  for (;;) {
    const missing = await missingMigrations(url, build, tenants, ['ACTIVE', 'SUSPENDED']);
    const left = end - performance.now();
    if (missing === undefined || left <= 0 || signal.aborted) {
      return missing;
    }
    await sleep(Math.min(interval, left), undefined, { signal }).catch(() => {});
  }
}
