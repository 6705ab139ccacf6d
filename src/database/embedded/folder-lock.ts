import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/** Does something while no other process starts or stops the server of this folder. */
export async function withFolderLock<T>(folder: string, action: () => Promise<T>): Promise<T> {
  // Asked first, since proper-lockfile would go on trying for minutes whatever the reason.
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new Error(`${folder} is not a folder of yours: choose another one, or become its owner.`, { cause });
  });
  const unlock = await lock(folder, {
    lockfilePath: join(folder, 'lock'),
    realpath: false,
    // A process that was killed leaves its lock behind; the others wait this long until they take it over.
    stale: 5_000,
    update: 1_000,
    retries: { retries: 1_500, factor: 1.2, minTimeout: 10, maxTimeout: 100, randomize: true },
    // Happens when this process stood still for long, and must not end it: PostgreSQL guards its data folder itself.
    onCompromised: () => undefined,
  });
  try {
    return await action();
  } finally {
    await unlock().catch(() => undefined);
  }
}
