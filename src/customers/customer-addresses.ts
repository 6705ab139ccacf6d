import { ref } from '@mikro-orm/core';
import { Address } from '../addresses/address.entity.js';
import { addAddress, type AddressValues, checkAddress, isSameAddress } from '../addresses/address.service.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { attempt, type Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import type { Snapshot } from '../history/snapshot.js';
import { checkVersion, ProblemCode, Problems, refused } from '../problems.js';
import { type AddressKind, Customer, CustomerAddress } from './customer.entity.js';
import { checkInUse, lockCustomers } from './find-customers.js';

/**
 * Adds an address that a customer uses, and gives its key. One that the customer has already is used for this too.
 * @throws RefusedInput with all that is wrong with the address, UNKNOWN_CUSTOMER, CUSTOMER_MERGED, CUSTOMER_ERASED or
 *   VERSION_CONFLICT
 */
export async function addCustomerAddress(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  kind: AddressKind,
  values: AddressValues,
): Promise<string> {
  const { customerId: customer } = await lockCustomers(transaction, { customerId: key });
  checkInUse(customer, 'customerId');
  checkVersion(customer, expectedVersion);
  const problems = new Problems();
  const parts = await checkAddress(transaction, problems, 'address', values);
  problems.throwIfAny(key);
  const used = await addressesOf(transaction.reader, key);
  const known = used.find(({ address }) => isSameAddress(address, parts));
  const address = known?.address ?? { id: addAddress(transaction, parts).id, ...parts };
  linkAddress(transaction, customer, used, { kind, address });
  return address.id;
}

/** An address of a customer, and what it is used for. */
export interface UsedAddress {
  kind: AddressKind;
  address: Row<Address>;
}

/**
 * Notes that a customer, who is locked, uses an address for something, and gives all that the customer uses then. Nothing
 * happens when that is known.
 */
export function linkAddress(
  transaction: Transaction,
  customer: Customer,
  used: readonly UsedAddress[],
  { kind, address }: UsedAddress,
): readonly UsedAddress[] {
  const { em } = transaction;
  if (used.some(other => other.kind === kind && other.address.id === address.id)) {
    return used;
  }
  em.persist(em.create(CustomerAddress, { customer, kind, address: ref(Address, address.id) }));
  const placeOf = (place: UsedAddress) => `${place.address.id} ${place.kind}`;
  const after = [...used, { kind, address }].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  recordChange(
    transaction,
    HistorySubject.CUSTOMER,
    customer,
    HistoryAction.ADDRESS_ADDED,
    toSnapshot(used),
    toSnapshot(after),
  );
  return after;
}

/**
 * Takes an address from a customer. It stays as long as anything else refers to it, such as an order.
 * @throws RefusedInput UNKNOWN_CUSTOMER, UNKNOWN_ADDRESS, CUSTOMER_MERGED, CUSTOMER_ERASED or VERSION_CONFLICT
 */
export async function removeCustomerAddress(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  address: string,
  kind: AddressKind | undefined,
): Promise<string> {
  const { em } = transaction;
  const { customerId: customer } = await lockCustomers(transaction, { customerId: key });
  checkInUse(customer, 'customerId');
  checkVersion(customer, expectedVersion);
  const before = await snapshotOfAddresses(transaction, customer);
  const removed = await em.nativeDelete(CustomerAddress, { customer: key, address, ...(kind && { kind }) });
  if (removed === 0) {
    const use = kind ? ` for ${kind}` : '';
    throw refused(ProblemCode.UNKNOWN_ADDRESS, 'addressId', `The customer does not use this address${use}.`, key);
  }
  const after = await snapshotOfAddresses(transaction, customer);
  recordChange(transaction, HistorySubject.CUSTOMER, customer, HistoryAction.ADDRESS_REMOVED, before, after);
  await removeUnusedAddresses(transaction, [address]);
  return key;
}

/**
 * Removes addresses that nothing refers to any more, and gives how many. The foreign keys decide, which know all that
 * does.
 */
export async function removeUnusedAddresses(transaction: Transaction, addresses: readonly string[]): Promise<number> {
  let removed = 0;
  for (const address of addresses) {
    try {
      await attempt(transaction, () => transaction.em.nativeDelete(Address, address));
      removed += 1;
    } catch (error) {
      if (!isStillUsed(error)) {
        throw error;
      }
    }
  }
  return removed;
}

/** PostgreSQL's restrict_violation (from version 18 on) and foreign_key_violation. */
function isStillUsed(error: unknown): boolean {
  return ['23001', '23503'].includes((error as { code?: string }).code ?? '');
}

/** A customer's addresses, each with what it is used for, in the order of their keys. */
export async function addressesOf(reader: Reader, key: string): Promise<UsedAddress[]> {
  const [addresses, links] = [reader.table(Address), reader.table(CustomerAddress)];
  const rows = await reader.run<Row<Address> & { kind: AddressKind }>(
    `select l.${links.column('kind')} as kind, ${addresses.columns('t')}
     from ${links.name} l join ${addresses.name} t on t.${addresses.column('id')} = l.${links.column('address')}
     where l.${links.column('customer')} = $1::uuid order by t.${addresses.column('id')}, l.${links.column('kind')}`,
    [key],
  );
  return rows.map(({ kind, ...address }) => ({ kind, address }));
}

/** A customer's addresses as the history shows them. */
export async function snapshotOfAddresses(transaction: Transaction, { id }: Customer): Promise<Snapshot> {
  return toSnapshot(await addressesOf(transaction.reader, id));
}

function toSnapshot(addresses: readonly UsedAddress[]): Snapshot {
  return { addresses: addresses.map(({ kind, address }) => ({ kind, ...address })) };
}
