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
  const known = (await addressesOf(transaction.reader, key)).find(({ address }) => isSameAddress(address, parts));
  const address = known?.address.id ?? addAddress(transaction, parts).id;
  await linkAddress(transaction, customer, kind, address);
  return address;
}

/** Notes that a customer uses an address for something; nothing happens when that is known. The customer is locked. */
export async function linkAddress(
  transaction: Transaction,
  customer: Customer,
  kind: AddressKind,
  address: string,
): Promise<void> {
  const { em } = transaction;
  const before = await snapshotOfAddresses(transaction, customer);
  if (await em.findOne(CustomerAddress, { customer, kind, address })) {
    return;
  }
  em.persist(em.create(CustomerAddress, { customer, kind, address: ref(Address, address) }));
  // Before the history looks at what the customer has.
  await em.flush();
  const after = await snapshotOfAddresses(transaction, customer);
  recordChange(transaction, HistorySubject.CUSTOMER, customer, HistoryAction.ADDRESS_ADDED, before, after);
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

/** A customer's addresses, each with what it is used for. */
export async function addressesOf(
  reader: Reader,
  key: string,
): Promise<{ kind: AddressKind; address: Row<Address> }[]> {
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
  const addresses = await addressesOf(transaction.reader, id);
  return { addresses: addresses.map(({ kind, address }) => ({ kind, ...address })) };
}
