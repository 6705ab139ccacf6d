import type { Address } from '../addresses/address.entity.js';
import { addressById } from '../addresses/address.loaders.js';
import { addressesOf } from '../customers/customer-addresses.js';
import { Customer } from '../customers/customer.entity.js';
import { customerById } from '../customers/customer.loaders.js';
import { readOne } from '../database/loaders.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { toGlobalId } from '../graphql/global-id.js';
import { withGlobalIds } from '../history/global-ids.js';
import { HistoryEntry } from '../history/history-entry.entity.js';
import { IdempotencyKey } from '../orders/idempotency-key.entity.js';
import { Order } from '../orders/order.entity.js';
import { Task } from '../tasks/task.entity.js';
import { itemsOfOrder, shippingAddressesOfOrder, totalsOfOrder } from '../orders/order.loaders.js';

/** All that is held of a person, as JSON; null when there is no such customer. */
export async function exportCustomerData(reader: Reader, key: string): Promise<object | null> {
  const customer = await readOne(reader, customerById, key, undefined);
  if (!customer) {
    return null;
  }
  const duplicates = await rowsWhere<Customer>(reader, Customer, 'mergedInto', key);
  const orders = await rowsWhere<Order>(reader, Order, 'customer', key);
  return {
    customer: await describeCustomer(reader, customer),
    duplicates: await inTurn(duplicates, duplicate => describeCustomer(reader, duplicate)),
    orders: await inTurn(orders, order => describeOrder(reader, order)),
  };
}

async function describeCustomer(reader: Reader, { id, mergedInto, ...values }: Row<Customer>): Promise<object> {
  const addresses = await addressesOf(reader, id);
  return {
    id: toGlobalId('Customer', id),
    mergedInto: mergedInto && toGlobalId('Customer', mergedInto),
    ...values,
    addresses: addresses.map(({ kind, address }) => ({ kind, ...describeAddress(address) })),
    tasks: await describeTasks(reader, 'customer', id),
    history: await describeHistory(reader, id),
  };
}

async function describeOrder(reader: Reader, order: Row<Order>): Promise<object> {
  const { id, customer: _customer, billingAddress, store, ...values } = order;
  const items = await readOne(reader, itemsOfOrder, id, undefined);
  const shippingAddresses = await readOne(reader, shippingAddressesOfOrder, id, undefined);
  const billing = await readOne(reader, addressById, billingAddress, undefined);
  return {
    id: toGlobalId('Order', id),
    store: store && toGlobalId('Store', store),
    ...values,
    billingAddress: billing && describeAddress(billing),
    shippingAddresses: shippingAddresses.map(describeAddress),
    items: items.map(({ id: item, order: _order, product, ...line }) => ({
      id: toGlobalId('OrderItem', item),
      product: toGlobalId('Product', product),
      ...line,
    })),
    idempotencyKeys: await idempotencyKeysOf(reader, id),
    tasks: await describeTasks(reader, 'order', id),
    totals: await readOne(reader, totalsOfOrder, id, undefined),
    history: await describeHistory(reader, id),
  };
}

/** The tasks that are linked to a customer or to an order. Who of the staff has them is theirs, and not the customer's. */
async function describeTasks(reader: Reader, link: 'customer' | 'order', key: string): Promise<object[]> {
  const tasks = await rowsWhere<Task>(reader, Task, link, key);
  return inTurn(tasks, async ({ id, order, title, text, tags, priority, state, dueOn, createdAt, completedAt }) => ({
    id: toGlobalId('Task', id),
    order: order && toGlobalId('Order', order),
    ...{ title, text, tags, priority, state, dueOn, createdAt, completedAt },
    history: await describeHistory(reader, id),
  }));
}

function describeAddress({ id, ...values }: Row<Address>): object {
  return { id: toGlobalId('Address', id), ...values };
}

async function describeHistory(reader: Reader, key: string): Promise<object[]> {
  const entries = await rowsWhere<HistoryEntry>(reader, HistoryEntry, 'subject', key);
  return entries.map(({ version, at, actor, action, changes }) => ({
    version,
    at,
    actor,
    action,
    changes: withGlobalIds(changes),
  }));
}

async function idempotencyKeysOf(reader: Reader, order: string): Promise<string[]> {
  const keys = reader.table(IdempotencyKey);
  const rows = await reader.run<{ key: string }>(
    `select ${keys.column('key')} as key from ${keys.name} where ${keys.column('order')} = $1::uuid`,
    [order],
  );
  return rows.map(({ key }) => key);
}

/** Rows of an entity with a value, oldest first. */
function rowsWhere<Entity extends { id: string }>(
  reader: Reader,
  entity: new () => Entity,
  property: keyof Entity & string,
  value: string,
): Promise<Row<Entity>[]> {
  const table = reader.table(entity);
  return reader.run(
    `select ${table.columns('t')} from ${table.name} t where t.${table.column(property)} = $1::uuid order by t.id`,
    [value],
  );
}

/** One after the other, so that the export of somebody who orders a lot leaves connections to others. */
async function inTurn<Item>(items: readonly Item[], describe: (item: Item) => Promise<object>): Promise<object[]> {
  const described: object[] = [];
  for (const item of items) {
    described.push(await describe(item));
  }
  return described;
}
