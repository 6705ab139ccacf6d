import { type EntityClass, ref } from '@mikro-orm/core';
import { snapshotOfAddresses } from '../customers/customer-addresses.js';
import { Customer, CustomerAddress } from '../customers/customer.entity.js';
import { checkInUse, lockCustomers } from '../customers/find-customers.js';
import { newId } from '../database/new-id.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistoryEntry, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { type Snapshot, snapshotOf } from '../history/snapshot.js';
import { Order } from '../orders/order.entity.js';
import { checkVersion, ProblemCode, refused } from '../problems.js';
import { Task } from '../tasks/task.entity.js';

/**
 * Makes two customers one, and gives the survivor's key. Orders, tasks and addresses move to the survivor, and contacts
 * that it lacks. The duplicate keeps the others and a pointer to the survivor, so that either contact finds the survivor.
 * @throws RefusedInput UNKNOWN_CUSTOMER, SAME_CUSTOMER, CUSTOMER_MERGED, CUSTOMER_ERASED or VERSION_CONFLICT
 */
export async function mergeCustomers(
  transaction: Transaction,
  keys: { survivorId: string; duplicateId: string },
  expectedVersion: number | undefined,
): Promise<string> {
  const { em } = transaction;
  if (keys.survivorId === keys.duplicateId) {
    const message = 'survivorId and duplicateId are one customer; give two.';
    throw refused(ProblemCode.SAME_CUSTOMER, 'duplicateId', message, keys.survivorId);
  }
  const { survivorId: survivor, duplicateId: duplicate } = await lockCustomers(transaction, keys);
  checkInUse(survivor, 'survivorId');
  checkInUse(duplicate, 'duplicateId');
  checkVersion(survivor, expectedVersion);

  const before = { survivor: await wholeOf(transaction, survivor), duplicate: await wholeOf(transaction, duplicate) };
  const contacts = { email: duplicate.email, telephone: duplicate.telephone };
  duplicate.mergedInto = ref(survivor);
  duplicate.email = survivor.email === null ? null : duplicate.email;
  duplicate.telephone = survivor.telephone === null ? null : duplicate.telephone;
  // Before the survivor has the contacts, since the index allows each once at any moment.
  await em.flush();
  survivor.email ??= contacts.email;
  survivor.telephone ??= contacts.telephone;
  // So that one step from a duplicate is always enough.
  await em.nativeUpdate(Customer, { mergedInto: duplicate.id }, { mergedInto: survivor.id });
  await moveAddresses(transaction, survivor, duplicate);
  await move(transaction, Order, HistorySubject.ORDER, survivor, duplicate);
  await move(transaction, Task, HistorySubject.TASK, survivor, duplicate);

  for (const [customer, past] of [
    [survivor, before.survivor],
    [duplicate, before.duplicate],
  ] as const) {
    const after = await wholeOf(transaction, customer);
    recordChange(transaction, HistorySubject.CUSTOMER, customer, HistoryAction.MERGED, past, after);
  }
  return survivor.id;
}

async function wholeOf(transaction: Transaction, customer: Customer): Promise<Snapshot> {
  return { ...snapshotOf(transaction, customer), ...(await snapshotOfAddresses(transaction, customer)) };
}

async function moveAddresses({ em }: Transaction, survivor: Customer, duplicate: Customer): Promise<void> {
  const links = await em.find(CustomerAddress, { customer: duplicate });
  const rows = links.map(({ kind, address }) => ({ customer: survivor.id, kind, address: address.id }));
  await em.nativeDelete(CustomerAddress, { customer: duplicate });
  if (rows.length > 0) {
    await em.upsertMany(CustomerAddress, rows, { onConflictAction: 'ignore' });
  }
}

/**
 * Moves all that points to the duplicate by two statements, however much it is. Each object gets its next version and its entry
 * in the history.
 */
async function move(
  { reader, actor }: Transaction,
  entity: EntityClass<Order | Task>,
  subjectType: HistorySubject,
  survivor: Customer,
  duplicate: Customer,
): Promise<void> {
  const [table, history] = [reader.table(entity), reader.table(HistoryEntry)];
  const [id, customer, version] = ['id', 'customer', 'version'].map(name => table.column(name));
  const moved = await reader.run<{ id: string; version: number }>(
    `update ${table.name} set ${customer} = $1::uuid, ${version} = ${version} + 1
     where ${customer} = $2::uuid returning ${id} as id, ${version} as version`,
    [survivor.id, duplicate.id],
  );
  const columns = (['id', 'subjectType', 'subject', 'version', 'actor', 'user', 'action', 'changes'] as const).map(
    name => history.column(name),
  );
  await reader.run(
    `insert into ${history.name} (${columns.join(', ')})
     select id, $1::text, subject, version, $2::text, $3::uuid, $4::text, $5::jsonb
     from unnest($6::uuid[], $7::uuid[], $8::int[]) as moved(id, subject, version)`,
    [
      subjectType,
      actor.name,
      actor.user,
      HistoryAction.MERGED,
      JSON.stringify([{ field: 'customer', before: duplicate.id, after: survivor.id }]),
      moved.map(() => newId()),
      moved.map(row => row.id),
      moved.map(row => row.version),
    ],
  );
}
