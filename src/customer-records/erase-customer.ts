import { LockMode } from '@mikro-orm/core';
import { Address } from '../addresses/address.entity.js';
import { removeUnusedAddresses } from '../customers/customer-addresses.js';
import { Customer, CustomerAddress } from '../customers/customer.entity.js';
import { checkInUse, lockCustomers } from '../customers/find-customers.js';
import { newId } from '../database/new-id.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistoryEntry, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { IdempotencyKey } from '../orders/idempotency-key.entity.js';
import { Order, OrderItem, OrderShipment, OrderShippingAddress } from '../orders/order.entity.js';
import { checkVersion, ProblemCode, refused } from '../problems.js';
import { eraseTasks } from './erase-tasks.js';

/** What stands where a personal value stood that cannot be empty. */
const erased = '(erased)';

/** How many things of each kind lost their personal values. */
export interface ErasedCounts {
  /** The customer, and duplicates that were merged into it. */
  customers: number;
  orders: number;
  addresses: number;
  tasks: number;
  historyEntries: number;
  idempotencyKeys: number;
}

/**
 * Erases a person: the personal values of the customer and of its duplicates are gone from every table, for good. Orders
 * stay with their goods, amounts and times, and their addresses keep the zip code and the country, by which statistics
 * count; so every statistic stays as it is. An address that others use too stays theirs. Tasks that are linked to the person
 * or to their orders lose what was written in them.
 * @throws RefusedInput CONFIRMATION_REQUIRED, UNKNOWN_CUSTOMER, CUSTOMER_MERGED, CUSTOMER_ERASED or VERSION_CONFLICT
 */
export async function eraseCustomer(
  transaction: Transaction,
  key: string,
  confirm: boolean,
  expectedVersion: number | undefined,
): Promise<ErasedCounts> {
  const { em, reader } = transaction;
  if (!confirm) {
    const message =
      'Erasing cannot be undone; export the customer’s data first if somebody needs them, then send confirm: true.';
    throw refused(ProblemCode.CONFIRMATION_REQUIRED, 'confirm', message, key);
  }
  const { id: customer } = await lockCustomers(transaction, { id: key });
  checkInUse(customer, 'id');
  checkVersion(customer, expectedVersion);

  const people = [customer, ...(await em.find(Customer, { mergedInto: customer }))];
  const orders = await em.find(
    Order,
    { customer: { $in: people } },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  const orderKeys = orders.map(({ id }) => id);
  const replaced = await replaceAddresses(transaction, orders);
  const links = await em.find(CustomerAddress, { customer: { $in: people } });
  const linked = links.map(({ address }) => address.id);
  await em.nativeDelete(CustomerAddress, { customer: { $in: people } });
  for (const order of orders) {
    order.cancelReason &&= erased;
  }
  const names = people.flatMap(namesOf);
  for (const person of people) {
    Object.assign(person, { email: null, telephone: null, firstName: '', lastName: '', erasedAt: new Date() });
  }
  await em.flush();
  const peopleKeys = people.map(({ id }) => id);
  const ofTasks = await eraseTasks(transaction, peopleKeys, orderKeys, erased);
  const historyEntries = ofTasks.historyEntries + (await eraseHistory(reader, peopleKeys, orderKeys, replaced));
  await eraseActor(reader, names);
  const idempotencyKeys = await em.nativeDelete(IdempotencyKey, { order: { $in: orderKeys } });
  const addresses = await removeUnusedAddresses(transaction, [...new Set([...linked, ...replaced.keys()])]);
  const counts = {
    customers: people.length,
    orders: orders.length,
    addresses,
    tasks: ofTasks.tasks,
    historyEntries,
    idempotencyKeys,
  };
  recordChange(transaction, HistorySubject.CUSTOMER, customer, HistoryAction.ERASED, {}, { erased: counts });
  return counts;
}

/**
 * Lets orders refer to new addresses of which only the zip code and the country are known, and gives the new key of each
 * address. Not by changing the addresses, since other customers may have the same.
 */
async function replaceAddresses({ em, reader }: Transaction, orders: readonly Order[]): Promise<Map<string, string>> {
  const keys = orders.map(({ id }) => id);
  const [addresses, orderTable, items] = [reader.table(Address), reader.table(Order), reader.table(OrderItem)];
  const [links, shipments] = [reader.table(OrderShippingAddress), reader.table(OrderShipment)];
  const used = await reader.run<{ id: string }>(
    `select ${orderTable.column('billingAddress')} as id from ${orderTable.name} where ${orderTable.column('id')} = any($1::uuid[])
     union select ${links.column('address')} from ${links.name} where ${links.column('order')} = any($1::uuid[])`,
    [keys],
  );
  const replaced = new Map(used.map(({ id }) => [id, newId()]));
  const parameters = [[...replaced.keys()], [...replaced.values()]];
  const renamed = 'unnest($1::uuid[], $2::uuid[]) as renamed(old, new)';
  const copied = (['id', 'line1', 'city', 'zipCode', 'country'] as const).map(name => addresses.column(name));
  await reader.run(
    `insert into ${addresses.name} (${copied.join(', ')})
     select renamed.new, $3::text, $3::text, a.${addresses.column('zipCode')}, a.${addresses.column('country')}
     from ${renamed} join ${addresses.name} a on a.${addresses.column('id')} = renamed.old`,
    [...parameters, erased],
  );
  for (const order of orders) {
    order.billingAddress = em.getReference(Address, replaced.get(order.billingAddress.id)!, { wrapped: true });
  }
  await reader.run(
    `update ${shipments.name} s set ${shipments.column('address')} = renamed.new from ${renamed}, ${items.name} i
     where s.${shipments.column('address')} = renamed.old and s.${shipments.column('item')} = i.${items.column('id')}
       and i.${items.column('order')} = any($3::uuid[])`,
    [...parameters, keys],
  );
  await reader.run(
    `update ${links.name} l set ${links.column('address')} = renamed.new from ${renamed}
     where l.${links.column('address')} = renamed.old and l.${links.column('order')} = any($3::uuid[])`,
    [...parameters, keys],
  );
  return replaced;
}

/**
 * Takes personal values out of the past as well: of customers only the names of the fields that changed stay; of orders
 * the reasons go, and addresses that are gone give way to those that replace them. Gives how many entries there are.
 */
async function eraseHistory(
  reader: Transaction['reader'],
  customers: string[],
  orders: string[],
  replaced: ReadonlyMap<string, string>,
): Promise<number> {
  const history = reader.table(HistoryEntry);
  const [subject, changes] = (['subject', 'changes'] as const).map(name => history.column(name));
  const ofCustomers = await reader.run(
    `update ${history.name} set ${changes} = coalesce((
       select jsonb_agg(jsonb_build_object('field', c ->> 'field', 'before', null, 'after', null))
       from jsonb_array_elements(${changes}) c), '[]')
     where ${subject} = any($1::uuid[]) returning 1`,
    [customers],
  );
  const ofOrders = await reader.run(
    `update ${history.name} set ${changes} = coalesce((
       select jsonb_agg(case when c ->> 'field' = 'cancelReason' and c ->> 'after' is not null
         then jsonb_set(c, '{after}', to_jsonb($2::text)) else c end)
       from jsonb_array_elements(${changes}) c), '[]')
     where ${subject} = any($1::uuid[]) returning 1`,
    [orders, erased],
  );
  for (const [old, replacement] of replaced) {
    await reader.run(
      `update ${history.name} set ${changes} = replace(${changes}::text, $2, $3)::jsonb
       where ${subject} = any($1::uuid[]) and position($2 in ${changes}::text) > 0`,
      [orders, old, replacement],
    );
  }
  return ofCustomers.length + ofOrders.length;
}

/** Takes the person out of what the person did, wherever it was. */
async function eraseActor(reader: Transaction['reader'], names: string[]): Promise<void> {
  const history = reader.table(HistoryEntry);
  const actor = history.column('actor');
  await reader.run(`update ${history.name} set ${actor} = $2::text where lower(${actor}) = any($1::text[])`, [
    names,
    erased,
  ]);
}

/** What a person may be called where somebody is named who does something. */
function namesOf({ email, telephone, firstName, lastName }: Customer): string[] {
  return [email, telephone, `${firstName} ${lastName}`.trim()]
    .filter(name => name !== null)
    .map(name => name.toLowerCase());
}
