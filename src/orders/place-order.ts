import { addressesOf, type UsedAddress } from '../customers/customer-addresses.js';
import { AddressKind, Customer } from '../customers/customer.entity.js';
import { addCustomer, type CustomerValues } from '../customers/customer.service.js';
import { checkKnown, findByContacts, lockCustomerRow } from '../customers/find-customers.js';
import { readOne } from '../database/loaders.js';
import { newId } from '../database/new-id.js';
import type { Row } from '../database/row.js';
import type { Transaction } from '../database/transactions.js';
import { checkCurrency } from '../input-checks.js';
import { Problems, ProblemCode } from '../problems.js';
import type { NamedProducts } from '../products/find-products.js';
import { availableStock, type Place, reserveStock } from '../stock/reserve-stock.js';
import { type Store, StoreState } from '../stores/store.entity.js';
import { storeById } from '../stores/store.loaders.js';
import { checkKey, claimKey, keepResult } from './idempotency.js';
import { type AddressChoice, countriesOf, OrderAddresses } from './order-addresses.js';
import {
  checkCurrencyOf,
  checkSold,
  findLines,
  type Line,
  newItem,
  readWanted,
  reportShortage,
  toPieces,
  type WantedItem,
} from './order-lines.js';
import { byItem, type OrderParts } from './order-parts.js';
import { Fulfilment, type Order, OrderStatus } from './order.entity.js';
import { allocate, type Shipment } from './shipments.js';
import { quote } from '../errors.js';
import { writeOrder, type WrittenOrder } from './write-order.js';

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

/** An order that was placed, with what was written, unless it stood under its idempotency key. */
export interface PlacedOrder {
  id: string;
  written?: WrittenOrder;
}

/**
 * Places an order and reserves its goods, all of it or nothing. Prices, names and tax rates are the products' own at this
 * moment. The same idempotency key with the same placement gives the order that stands.
 * @param keyHours how long an idempotency key holds
 * @throws RefusedInput with all that is wrong with the placement
 */
export async function placeOrder(
  transaction: Transaction,
  placement: Placement,
  keyHours: number,
): Promise<PlacedOrder> {
  const { idempotencyKey: key, ...input } = placement;
  if (key !== undefined) {
    checkKey(key);
  }
  // All that is asked for here is one round trip, whose statements run in this order, and so does what they lock.
  const [standing, known] = await Promise.all([
    key === undefined ? undefined : claimKey(transaction, key, input, keyHours),
    lookUp(transaction, input),
  ]);
  if (standing !== undefined) {
    return { id: standing };
  }
  const { order, parts, lines } = await check(transaction, input, known);
  // So does this, with the stock last, since everybody who orders the same product waits from there to the commit.
  const [written] = await Promise.all([
    writeOrder(transaction, order, parts),
    key === undefined ? undefined : keepResult(transaction, key, order.id),
    reserve(transaction, order.fulfilment === Fulfilment.PICK_UP ? order.store : null, lines),
  ]);
  return { id: order.id, written };
}

type PlacementInput = Omit<Placement, 'idempotencyKey'>;

/** What the database knows of what a placement names; whether that is right for it, is checked later. */
type Known = Awaited<ReturnType<typeof lookUp>>;

/** A customer who is named by the key is locked first, so that all else is as it was left by who had the lock before. */
async function lookUp(transaction: Transaction, placement: PlacementInput) {
  const { reader } = transaction;
  const key = placement.contact === undefined ? placement.customer : undefined;
  const place = placement.fulfilment === Fulfilment.PICK_UP ? placement.store : null;
  const [customer, addresses, products, store, stock, countries] = await Promise.all([
    key === undefined ? undefined : lockCustomerRow(reader, key),
    key === undefined ? [] : addressesOf(reader, key),
    readWanted(transaction, [placement.items, ...placement.shipments.map(({ items }) => items)]),
    placement.store === undefined ? undefined : readOne(reader, storeById, placement.store, undefined),
    // Without a lock, so that those who come too late wait for nobody.
    place === undefined ? undefined : availableStock(transaction, place, placement.items),
    countriesOf(reader, [placement.billingAddress, ...placement.shipments]),
  ]);
  return { customer, addresses, products, store, stock, countries };
}

/**
 * The order that a placement asks for. Who and what is new to the database is written here.
 * @throws RefusedInput with all that is wrong with the placement
 */
async function check(
  transaction: Transaction,
  placement: PlacementInput,
  known: Known,
): Promise<{ order: Row<Order>; parts: OrderParts; lines: Line[] }> {
  const { fulfilment, currencyCode } = placement;
  const problems = new Problems();
  checkCurrency(problems, 'currencyCode', currencyCode);
  const lines = findLines(known.products, problems, placement.items, 'items');
  for (const line of lines) {
    checkSold(problems, line);
    checkCurrencyOf(problems, line, currencyCode);
  }
  const store = checkStore(problems, placement, known);
  if (fulfilment === Fulfilment.SHIPPED || store) {
    checkStock(problems, lines, known.stock!);
  }
  const customer = await findCustomer(transaction, problems, placement, known);
  const addresses = new OrderAddresses(transaction, problems, customer?.addresses ?? [], known.countries);
  const billing = await addresses.choose(placement.billingAddress, AddressKind.BILLING, 'billingAddress');
  const shipments = await findShipments(problems, placement, addresses, known.products);
  // Whether shipments carry what was ordered can be told only when both can be used.
  problems.throwIfAny();
  const allocations = fulfilment === Fulfilment.SHIPPED ? allocate(problems, lines.map(toPieces), shipments) : [];
  problems.throwIfAny();

  if (addresses.areNew) {
    addresses.link(customer!.toEntity());
  }
  // Writes new customers and addresses, which the order points to.
  await transaction.em.flush();
  const order: Row<Order> = {
    id: newId(),
    customer: customer!.id,
    billingAddress: billing!,
    store: store?.id ?? null,
    fulfilment,
    status: OrderStatus.PENDING,
    placedAt: new Date(),
    currencyCode,
    cancelReason: null,
    version: 1,
  };
  const items = lines.map((line, index) => newItem(line, index + 1, currencyCode));
  const shippingAddresses = shipments.map(({ address }) => address);
  return { order, parts: { items, shippingAddresses, shipments: byItem(allocations, items) }, lines };
}

function checkStore(
  problems: Problems,
  { store: key, fulfilment }: PlacementInput,
  { store }: Known,
): Row<Store> | undefined {
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
  if (!store) {
    problems.add(ProblemCode.UNKNOWN_STORE, 'storeId', 'There is no store of this id.');
  } else if (store.state === StoreState.RETIRED) {
    const message = `The store ${quote(store.name)} is closed for good; choose another.`;
    problems.add(ProblemCode.STORE_RETIRED, 'storeId', message);
  }
  return store ?? undefined;
}

function checkStock(problems: Problems, lines: readonly Line[], stock: ReadonlyMap<string, number>): void {
  for (const line of lines) {
    const available = stock.get(line.product.id) ?? 0;
    if (available < line.quantity) {
      reportShortage(problems, line, available);
    }
  }
}

/** Reserves the goods of lines; refuses when others were faster since they were counted. */
async function reserve(transaction: Transaction, place: Place, lines: readonly Line[]): Promise<void> {
  const pieces = lines.map(toPieces);
  const missing = await reserveStock(transaction, place, pieces);
  if (missing.length > 0) {
    const problems = new Problems();
    const short = pieces.filter(({ product }) => missing.includes(product));
    const available = await availableStock(transaction, place, short);
    lines
      .filter(({ product }) => missing.includes(product.id))
      .forEach(line => reportShortage(problems, line, available.get(line.product.id) ?? 0));
    problems.throwIfAny();
  }
}

/** Somebody who orders, and the addresses that they use. */
interface OrderingCustomer {
  id: string;
  addresses: readonly UsedAddress[];
  toEntity(): Customer;
}

/** Who orders: a known customer, locked, so that nobody merges or erases it until the order stands, or a new one. */
async function findCustomer(
  transaction: Transaction,
  problems: Problems,
  { customer: key, contact }: PlacementInput,
  known: Known,
): Promise<OrderingCustomer | undefined> {
  if ((key === undefined) === (contact === undefined)) {
    problems.add(ProblemCode.EXACTLY_ONE_REQUIRED, 'customer', 'Give either the id of a customer or a contact.');
    return undefined;
  }
  if (contact === undefined) {
    return problems.within('customer', async () => {
      const row = checkKnown(known.customer);
      return {
        id: row.id,
        addresses: known.addresses,
        toEntity: () => transaction.em.merge(Customer, row as unknown as Customer),
      };
    });
  }
  return problems.within('customer.contact', async () => {
    const found = await findByContacts(transaction, contact);
    const customer = found ?? addCustomer(transaction, contact);
    const addresses = found ? await addressesOf(transaction.reader, found.id) : [];
    return { id: customer.id, addresses, toEntity: () => customer };
  });
}

async function findShipments(
  problems: Problems,
  { fulfilment, shipments }: PlacementInput,
  addresses: OrderAddresses,
  products: NamedProducts,
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
    const lines = shipment.items && findLines(products, problems, shipment.items, `${field}.items`);
    if (address !== undefined && found.some(other => other.address === address)) {
      problems.add(ProblemCode.DUPLICATE_SHIPMENT, field, 'Two shipments go to this address; make them one.');
    } else if (address !== undefined) {
      const items = lines?.map(toPieces);
      found.push({ address, items, field });
    }
  }
  return found;
}
