import { ref } from '@mikro-orm/core';
import { addAddress, type AddressValues, checkAddress } from '../addresses/address.service.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { snapshotOf } from '../history/snapshot.js';
import { lockForChange } from '../lock-for-change.js';
import { Problems, ProblemCode } from '../problems.js';
import { checkText } from '../input-checks.js';
import { Store, StoreState } from './store.entity.js';
import { quote } from '../errors.js';

/** Values of a store as somebody gives them; what is undefined stays as it is. */
export interface StoreValues {
  name?: string | null;
  address?: AddressValues | null;
}

/**
 * Opens a store, and gives its key.
 * @throws RefusedInput with all that is wrong with the values
 */
export async function createStore(transaction: Transaction, values: StoreValues): Promise<string> {
  const { em } = transaction;
  const store = em.create(Store, await checkValues(transaction, values), { partial: true });
  em.persist(store);
  recordChange(transaction, HistorySubject.STORE, store, HistoryAction.CREATED, null);
  return store.id;
}

/**
 * Changes a store.
 * @throws RefusedInput with all that is wrong with the values, UNKNOWN_STORE or VERSION_CONFLICT
 */
export async function updateStore(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  values: StoreValues,
): Promise<string> {
  const store = await lockStore(transaction, key, expectedVersion);
  const before = snapshotOf(transaction, store);
  Object.assign(store, await checkValues(transaction, values, key));
  recordChange(transaction, HistorySubject.STORE, store, HistoryAction.UPDATED, before);
  return key;
}

/**
 * Closes a store for good: no more orders are placed in it. One that is retired stays so.
 * @throws RefusedInput UNKNOWN_STORE or VERSION_CONFLICT
 */
export async function retireStore(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
): Promise<string> {
  const store = await lockStore(transaction, key, expectedVersion);
  const before = snapshotOf(transaction, store);
  store.state = StoreState.RETIRED;
  recordChange(transaction, HistorySubject.STORE, store, HistoryAction.RETIRED, before);
  return key;
}

function lockStore(transaction: Transaction, key: string, expectedVersion: number | undefined): Promise<Store> {
  return lockForChange(transaction, Store, key, expectedVersion, ProblemCode.UNKNOWN_STORE);
}

/** The values as they are stored, without those that were not given. */
async function checkValues(transaction: Transaction, values: StoreValues, key?: string): Promise<Partial<Store>> {
  const { reader } = transaction;
  const problems = new Problems();
  const name = checkText(problems, 'name', values.name);
  const stores = reader.table(Store);
  const [owner] = name
    ? await reader.run<{ id: string }>(`select id from ${stores.name} where ${stores.column('name')} = $1::text`, [
        name,
      ])
    : [];
  if (owner && owner.id !== key) {
    problems.add(ProblemCode.NAME_TAKEN, 'name', `Another store has the name ${quote(name)}.`);
  }
  if (values.address === null) {
    problems.add(ProblemCode.REQUIRED, 'address', 'address is empty; give it, or leave it out to keep it.');
  }
  const address = values.address && (await checkAddress(transaction, problems, 'address', values.address));
  problems.throwIfAny();
  return {
    ...(name !== undefined && { name }),
    // A new one, since orders may be billed to the one that stands.
    ...(address && { address: ref(addAddress(transaction, address)) }),
  };
}
