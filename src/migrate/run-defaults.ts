/** How a run over tenants is made where nothing else is said. */
export const runDefaults = {
  stopAfter: 10,
  whenLocked: 'wait',
  lockTimeout: 2000,
  retries: 5,
  retryDelay: 500,
  statementTimeout: 900_000,
} as const;

/** Tenants at once, at the most. */
const mostAtOnce = 4;

/** How many tenants are migrated at once by somebody who may open so many connections, since each takes two of them for its time. */
export function parallelFor(poolMax: number): number {
  return Math.max(1, Math.min(mostAtOnce, Math.floor(poolMax / 2)));
}
