import { LockMode } from '@mikro-orm/core';
import { newId } from '../database/new-id.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { snapshotOf } from '../history/snapshot.js';
import { checkVersion, ProblemCode, Problems, refused } from '../problems.js';
import { findProducts, type ProductReference } from '../products/find-products.js';
import { Store } from '../stores/store.entity.js';
import { StockLevel } from './stock-level.entity.js';

/** Pieces that can lie in one place. */
const maxOnHand = 1_000_000_000;

/** A correction of what lies in a place: by a difference, or to what was counted. */
export interface StockAdjustment extends ProductReference {
  /** The store's key; undefined for the warehouse. */
  store?: string | undefined;
  by?: number | undefined;
  to?: number | undefined;
}

/**
 * Corrects what lies in a place, and gives the key of its stock level.
 * @throws RefusedInput with all that is wrong, INSUFFICIENT_STOCK when less would lie there than orders have reserved
 */
export async function adjustStock(
  transaction: Transaction,
  adjustment: StockAdjustment,
  expectedVersion: number | undefined,
): Promise<string> {
  const { em } = transaction;
  const { store, by, to } = adjustment;
  const problems = new Problems();
  const [product] = await findProducts(transaction, problems, [{ field: null, ...adjustment }]);
  if (store !== undefined && !(await em.findOne(Store, store))) {
    problems.add(ProblemCode.UNKNOWN_STORE, 'storeId', 'There is no store of this id.');
  }
  if ((by === undefined) === (to === undefined)) {
    problems.add(ProblemCode.EXACTLY_ONE_REQUIRED, null, 'Give either by (a difference) or to (a count).');
  }
  problems.throwIfAny();

  const level = await lockLevel(transaction, product!.id, store ?? null);
  checkVersion(level, expectedVersion);
  const before = snapshotOf(transaction, level);
  const onHand = to ?? level.onHand + by!;
  const field = to === undefined ? 'by' : 'to';
  if (onHand < 0 || onHand > maxOnHand) {
    const message = `${onHand} pieces would lie there; 0 to ${maxOnHand} can.`;
    throw refused(ProblemCode.INVALID_QUANTITY, field, message, level.id);
  }
  if (onHand < level.reserved) {
    const message = `${onHand} pieces would lie there, but open orders have reserved ${level.reserved}; cancel some of them first.`;
    throw refused(ProblemCode.INSUFFICIENT_STOCK, field, message, level.id);
  }
  level.onHand = onHand;
  recordChange(transaction, HistorySubject.STOCK_LEVEL, level, HistoryAction.ADJUSTED, before);
  return level.id;
}

/** The stock level of a product in a place, made when there is none, and locked. */
async function lockLevel({ em, reader }: Transaction, product: string, store: string | null): Promise<StockLevel> {
  const levels = reader.table(StockLevel);
  await reader.run(
    `insert into ${levels.name} (${['id', 'product', 'store', 'onHand'].map(name => levels.column(name)).join(', ')})
     values ($1::uuid, $2::uuid, $3::uuid, 0) on conflict do nothing`,
    [newId(), product, store],
  );
  return em.findOneOrFail(StockLevel, { product, store }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}
