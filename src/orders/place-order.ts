import { ref } from '@mikro-orm/core';
import { Address } from '../addresses/address.entity.js';
import { AddressKind, type Customer } from '../customers/customer.entity.js';
import { addCustomer, type CustomerValues } from '../customers/customer.service.js';
import { checkInUse, findByContacts, lockCustomers } from '../customers/find-customers.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { snapshotOf } from '../history/snapshot.js';
import { checkCurrency } from '../input-checks.js';
import { Problems, ProblemCode } from '../problems.js';
import { availableStock, type Place, reserveStock } from '../stock/reserve-stock.js';
import { Store, StoreState } from '../stores/store.entity.js';
import { claimKey, keepResult } from './idempotency.js';
import { type AddressChoice, OrderAddresses } from './order-addresses.js';
import {
  checkCurrencyOf,
  checkSold,
  findLines,
  itemOf,
  type Line,
  reportShortage,
  toPieces,
  type WantedItem,
} from './order-lines.js';
import { byItem, partsOf } from './order-parts.js';
import { Fulfilment, Order, OrderShipment, OrderShippingAddress } from './order.entity.js';
import { placeOf } from './lock-order.js';
import { allocate, type Shipment } from './shipments.js';
import { quote } from '../errors.js';

/** An order as somebody wants it. Keys are those of the database. */
export interface Placement {
  idempotencyKey?: string | undefined;
  customer?: string | undefined;
  /** Contacts and name of somebody who may be new. */
  contact?: CustomerValues | undefined;
  currencyCode: string;
  items: WantedItem[];
  fulfilment: Fulfilment;
  store?: string | undefined;
  billingAddress: AddressChoice;
  shipments: WantedShipment[];
}

/** What goes to one address: some items, or all that go to no other. */
export interface WantedShipment extends AddressChoice {
  items?: WantedItem[] | undefined;
}

/**
 * Places an order and reserves its goods, all of it or nothing, and gives its key. Prices, names and tax rates are the
 * products' own at this moment. The same idempotency key with the same placement gives the order that stands.
 * @param keyHours how long an idempotency key holds
 * @throws RefusedInput with all that is wrong with the placement
 */
export async function placeOrder(transaction: Transaction, placement: Placement, keyHours: number): Promise<string> {
  const { idempotencyKey, ...input } = placement;
  const standing =
    idempotencyKey === undefined ? undefined : await claimKey(transaction, idempotencyKey, input, keyHours);
  if (standing !== undefined) {
    return standing;
  }
  const order = await writeOrder(transaction, input);
  if (idempotencyKey !== undefined) {
    await keepResult(transaction, idempotencyKey, order);
  }
  return order;
}

async function writeOrder(transaction: Transaction, placement: Placement): Promise<string> {
  const { em } = transaction;
  const { fulfilment, currencyCode } = placement;
  const problems = new Problems();
  checkCurrency(problems, 'currencyCode', currencyCode);
  const lines = await findLines(transaction, problems, placement.items, 'items');
  for (const line of lines) {
    checkSold(problems, line);
    checkCurrencyOf(problems, line, currencyCode);
  }
  const store = await findStore(transaction, problems, placement);
  const place = fulfilment === Fulfilment.PICK_UP ? (store?.id ?? undefined) : null;
  await checkStock(transaction, problems, place, lines);
  const { customer, isNew } = await findCustomer(transaction, problems, placement);
  const addresses = await OrderAddresses.of(transaction, problems, isNew ? undefined : customer?.id);
  const billing = await addresses.choose(placement.billingAddress, AddressKind.BILLING, 'billingAddress');
  const shipments = await findShipments(transaction, problems, placement, addresses);
  // Whether shipments carry what was ordered can be told only when both can be used.
  problems.throwIfAny();
  const pieces = lines.map(toPieces);
  const allocations = fulfilment === Fulfilment.SHIPPED ? allocate(problems, pieces, shipments) : [];
  problems.throwIfAny();

  const order = em.create(
    Order,
    {
      customer: ref(customer!),
      billingAddress: ref(Address, billing!),
      store: store ? ref(store) : null,
      fulfilment,
      currencyCode,
    },
    { partial: true },
  );
  const items = lines.map((line, index) => itemOf(transaction, order, line, index + 1));
  em.persist([order, ...items]);
  for (const { address } of shipments) {
    em.persist(em.create(OrderShippingAddress, { order, address: ref(Address, address) }));
  }
  for (const { line, address, quantity } of allocations) {
    em.persist(em.create(OrderShipment, { item: items[line]!, address: ref(Address, address), quantity }));
  }
  recordChange(transaction, HistorySubject.ORDER, order, HistoryAction.PLACED, null, {
    ...snapshotOf(transaction, order),
    ...partsOf(
      items,
      shipments.map(({ address }) => address),
      byItem(allocations, items),
    ),
  });
  await em.flush();
  await addresses.link(customer!);
  await em.flush();
  await reserve(transaction, placeOf(order), lines);
  return order.id;
}

async function findStore(
  { em }: Transaction,
  problems: Problems,
  { store: key, fulfilment }: Placement,
): Promise<Store | undefined> {
  if (key === undefined) {
    if (fulfilment === Fulfilment.PICK_UP) {
      problems.add(
        ProblemCode.STORE_REQUIRED,
        'storeId',
        'An order that is picked up needs a store; give its storeId.',
      );
    }
    return undefined;
  }
  const store = await em.findOne(Store, key);
  if (!store) {
    problems.add(ProblemCode.UNKNOWN_STORE, 'storeId', 'There is no store of this id.');
  } else if (store.state === StoreState.RETIRED) {
    const message = `The store ${quote(store.name)} is closed for good; choose another.`;
    problems.add(ProblemCode.STORE_RETIRED, 'storeId', message);
  }
  return store ?? undefined;
}

/** Looks without a lock, so that those who come too late wait for nobody. */
async function checkStock(
  transaction: Transaction,
  problems: Problems,
  place: Place | undefined,
  lines: readonly Line[],
): Promise<void> {
  if (place === undefined) {
    return;
  }
  const available = await availableStock(
    transaction,
    place,
    lines.map(({ product }) => product.id),
  );
  for (const line of lines) {
    if (available.get(line.product.id)! < line.quantity) {
      reportShortage(problems, line, available.get(line.product.id)!);
    }
  }
}

/** Reserves the goods of lines; refuses when others were faster since they were counted. */
async function reserve(transaction: Transaction, place: Place, lines: readonly Line[]): Promise<void> {
  const pieces = lines.map(toPieces);
  const missing = await reserveStock(transaction, place, pieces);
  if (missing.length > 0) {
    const problems = new Problems();
    const available = await availableStock(transaction, place, missing);
    lines
      .filter(({ product }) => available.has(product.id))
      .forEach(line => reportShortage(problems, line, available.get(line.product.id)!));
    problems.throwIfAny();
  }
}

/** Who orders: a known customer, locked, so that nobody merges or erases it until the order stands, or a new one. */
async function findCustomer(
  transaction: Transaction,
  problems: Problems,
  { customer: key, contact }: Placement,
): Promise<{ customer?: Customer; isNew: boolean }> {
  if ((key === undefined) === (contact === undefined)) {
    problems.add(ProblemCode.EXACTLY_ONE_REQUIRED, 'customer', 'Give either the id of a customer or a contact.');
    return { isNew: false };
  }
  if (contact === undefined) {
    const known = await problems.within('customer', async () => {
      const { id } = await lockCustomers(transaction, { id: key! });
      checkInUse(id, 'id');
      return id;
    });
    return { ...(known && { customer: known }), isNew: false };
  }
  const search = await problems.within('customer.contact', async () => ({
    found: await findByContacts(transaction, contact),
  }));
  if (!search || search.found) {
    return { ...(search?.found && { customer: search.found }), isNew: false };
  }
  const added = await problems.within('customer.contact', async () => addCustomer(transaction, contact));
  return { ...(added && { customer: added }), isNew: true };
}

async function findShipments(
  transaction: Transaction,
  problems: Problems,
  { fulfilment, shipments }: Placement,
  addresses: OrderAddresses,
): Promise<Shipment[]> {
  if (fulfilment === Fulfilment.PICK_UP) {
    if (shipments.length > 0) {
      const message = 'An order that is picked up is sent nowhere; leave the shipments out, or choose SHIPPED.';
      problems.add(ProblemCode.PICK_UP_HAS_SHIPMENTS, 'shipments', message);
    }
    return [];
  }
  if (shipments.length === 0) {
    const message = 'An order that is shipped needs an address to go to; give at least one shipment.';
    problems.add(ProblemCode.SHIPPING_ADDRESS_REQUIRED, 'shipments', message);
  }
  const found: Shipment[] = [];
  for (const [index, shipment] of shipments.entries()) {
    const field = `shipments.${index}`;
    const address = await addresses.choose(shipment, AddressKind.SHIPPING, field);
    const lines = shipment.items && (await findLines(transaction, problems, shipment.items, `${field}.items`));
    if (address !== undefined && found.some(other => other.address === address)) {
      problems.add(ProblemCode.DUPLICATE_SHIPMENT, field, 'Two shipments go to this address; make them one.');
    } else if (address !== undefined) {
      const items = lines?.map(toPieces);
      found.push({ address, items, field });
    }
  }
  return found;
}
