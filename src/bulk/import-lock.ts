import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';

const millisecondsBetweenTries = 200;

/**
 * Takes the right to import a file into a schema, which ends with the connection. It waits for another that has it: an
 * import that was killed keeps it for a moment, until the server sees that its connection is gone.
 * @param onWaiting is told once when it has to wait
 */
export async function lockImport(
  client: pg.ClientBase,
  name: string,
  { signal, onWaiting }: { signal?: AbortSignal | undefined; onWaiting?: (() => void) | undefined },
): Promise<void> {
  for (let tries = 0; !(await tryLock(client, name)); tries += 1) {
    signal?.throwIfAborted();
    if (tries === 0) {
      onWaiting?.();
    }
    await setTimeout(millisecondsBetweenTries);
  }
}

async function tryLock(client: pg.ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('pier2 import ' || $1, 0)) as locked`,
    [name],
  );
  return rows[0]!.locked;
}
