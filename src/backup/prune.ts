import pLimit from 'p-limit';
import { sidecarName } from './archive-name.js';
import { type ListedArchive, listArchives, type WhichArchives } from './list-archives.js';
import { keptArchives, type Reason, type Retention } from './retention.js';
import type { Storage } from './storage/storage.js';

/** What became of an archive. */
export interface PrunedArchive extends ListedArchive {
  /** The rules that keep it; none for one that is removed. */
  kept: readonly Reason[];
}

const removalsAtOnce = 16;

/** Removes the archives that no rule keeps, of each tenant by itself. */
export async function prune(
  storage: Storage,
  which: WhichArchives,
  retention: Retention,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<PrunedArchive[]> {
  const archives = await listArchives(storage, which);
  const kept = new Map(byTenant(archives).flatMap(own => [...keptArchives(own, retention)]));
  const pruned = archives.map(archive => ({ ...archive, kept: kept.get(archive) ?? [] }));
  if (!dryRun) {
    const limit = pLimit(removalsAtOnce);
    const removed = pruned.filter(archive => archive.kept.length === 0);
    await Promise.all(removed.map(({ name }) => limit(() => remove(storage, name))));
  }
  return pruned;
}

/** What is told of it goes first: an archive alone is found again by the next run, after one that was broken off. */
async function remove(storage: Storage, name: string): Promise<void> {
  await storage.remove(sidecarName(name));
  await storage.remove(name);
}

/**
 * The archives of each tenant. A schema may have had several, one after the other, and the archives of one that was removed
 * should not give way to those of its successor. One of which nothing is told belongs to the tenant of the one before it.
 */
function byTenant(archives: readonly ListedArchive[]): ListedArchive[][] {
  return [...Map.groupBy(archives, ({ schema }) => schema).values()].flatMap(ofSchema => {
    let tenant = ofSchema.find(({ sidecar }) => sidecar)?.sidecar!.tenant.id;
    return [...Map.groupBy(ofSchema, ({ sidecar }) => (tenant = sidecar?.tenant.id ?? tenant)).values()];
  });
}
