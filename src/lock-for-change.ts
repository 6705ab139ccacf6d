import { type EntityClass, type FilterQuery, LockMode } from '@mikro-orm/core';
import type { Transaction } from './database/transactions.js';
import { checkVersion, type ProblemCode, refused } from './problems.js';

/**
 * An object to be changed, locked until the end of the transaction.
 * @param unknown what it is refused with when there is none
 * @throws RefusedInput with that code, or VERSION_CONFLICT
 */
export async function lockForChange<Entity extends { id: string; version: number }>(
  { em }: Transaction,
  entity: EntityClass<Entity>,
  key: string,
  expectedVersion: number | undefined,
  unknown: ProblemCode,
): Promise<Entity> {
  const found = await em.findOne(entity, { id: key } as FilterQuery<Entity>, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!found) {
    throw refused(unknown, 'id', `There is no ${entity.name.toLowerCase()} of this id.`);
  }
  checkVersion(found, expectedVersion);
  return found;
}
