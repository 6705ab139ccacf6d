import type { EntityClass, EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';

/**
 * Inserts the rows whose id (or whatever else makes them unique) is not there yet, leaves the others as they are, and returns the ids that it inserted. The
 * database decides, so that two processes may seed at once.
 */
export async function insertMissing<T extends { id: string }>(
  em: EntityManager,
  entity: EntityClass<T>,
  rows: { [K in keyof T]?: unknown }[],
  unique: (keyof T & string)[] = ['id'],
): Promise<Set<string>> {
  if (rows.length === 0) {
    return new Set();
  }
  // With T still open the compiler cannot see that every such entity has an `id`.
  const query = (em as SqlEntityManager).createQueryBuilder<{ id: string }>(entity).insert(rows);
  const inserted = await query
    .onConflict(unique as 'id'[])
    .ignore()
    .returning('id')
    .execute<{ id: string }[]>('all');
  return new Set(inserted.map(({ id }) => id));
}
