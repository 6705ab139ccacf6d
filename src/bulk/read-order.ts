import { newId } from '../database/new-id.js';
import type { Value } from '../database/copy-rows.js';
import { Fulfilment, OrderStatus } from '../orders/order.entity.js';
import { maxLongText } from '../input-checks.js';
import { addressKey, addressKeys, readAddress } from './address-parts.js';
import { readEmail, readTelephone } from './contacts.js';
import { Fields } from './fields.js';
import type { ReadingContext, StagedRows } from './import-kind.js';
import { Refusal, shown } from './refusal.js';

const addressFields = new Set<string>(addressKeys);
const shippingFields = new Set<string>([...addressKeys, 'items']);
const shipmentFields = new Set(['line', 'quantity']);
const itemFields = new Set(['id', 'sku', 'productName', 'quantity', 'unitPrice', 'taxRate']);
const contactFields = new Set(['email', 'telephone']);

/** The keys of an order's line. */
export const orderKeys = new Set([
  'id',
  'customer',
  'placedAt',
  'status',
  'cancelReason',
  'store',
  'fulfilment',
  'currencyCode',
  'billingAddress',
  'shippingAddresses',
  'items',
]);

/** A line of an order, and what of it is shipped so far. */
interface Item {
  id: string;
  quantity: number;
  shipped: number;
}

/**
 * The rows of an order's line, by staging table.
 * @throws Refusal when something is wrong with the line itself
 */
export function readOrder(fields: Fields, context: ReadingContext): StagedRows {
  const { line } = context;
  const id = fields.id('Order');
  const customer = readOwner(fields);
  const placedAt = fields.instant('placedAt');
  const status = fields.oneOf('status', Object.values(OrderStatus), OrderStatus.COMPLETED);
  const cancelReason = fields.optionalText('cancelReason', { max: maxLongText, blank: true });
  if (cancelReason !== undefined && status !== OrderStatus.CANCELLED) {
    throw fields.refuse(
      'CANCEL_REASON_WITHOUT_CANCELLATION',
      'cancelReason',
      `leave it out of an order that is ${status}`,
    );
  }
  const currency = fields.currency('currencyCode');
  const { items, rows: itemRows } = readItems(fields, line, id, currency.decimals);
  const addresses = new OrderAddresses(context);
  const billing = addresses.add(fields.object('billingAddress', addressFields));
  const { shipping, shipments } = readShipping(fields, line, addresses, items);
  const store = fields.optionalText('store');
  const fulfilment = readFulfilment(fields, store, shipping.length > 0);
  return {
    import_orders: [
      [
        line,
        id,
        newId(),
        ...customer,
        placedAt,
        status,
        cancelReason ?? null,
        store ?? null,
        fulfilment,
        currency.code,
        billing,
      ],
    ],
    import_items: itemRows,
    import_addresses: addresses.rows,
    import_shipping: shipping.map(address => [line, id, address]),
    import_shipments: shipments,
  };
}

/** The customer's key, email and telephone, of which one is given. */
function readOwner(fields: Fields): [key: string | null, email: string | null, telephone: string | null] {
  const value = fields.raw('customer');
  if (typeof value !== 'object') {
    const key = fields.optionalId('customer', 'Customer');
    if (key === undefined) {
      throw new Refusal('REQUIRED', 'customer is missing; give an id, {"email": …} or {"telephone": …}.');
    }
    return [key, null, null];
  }
  const contact = fields.object('customer', contactFields);
  const [email, telephone] = [readEmail(contact, 'email'), readTelephone(contact, 'telephone')];
  if ((email === undefined) === (telephone === undefined)) {
    throw fields.refuse('WRONG_TYPE', 'customer', 'give either its email or its telephone');
  }
  return [null, email ?? null, telephone ?? null];
}

function readItems(fields: Fields, line: number, order: string, decimals: number): { items: Item[]; rows: Value[][] } {
  const rows: Value[][] = [];
  const items = fields.list('items', itemFields).map((item, index) => {
    const id = item.id('OrderItem');
    const quantity = item.quantity('quantity', 1);
    const sku = item.text('sku');
    const productName = item.optionalText('productName') ?? null;
    rows.push([
      line,
      id,
      order,
      index + 1,
      sku,
      productName,
      quantity,
      decimals,
      item.price('unitPrice'),
      item.taxRate('taxRate'),
    ]);
    return { id, quantity, shipped: 0 };
  });
  if (items.length === 0) {
    throw new Refusal('ITEMS_REQUIRED', 'items is empty; give what was ordered.');
  }
  return { items, rows };
}

/** The addresses of one order, each once however often the order uses it. */
class OrderAddresses {
  readonly rows: Value[][] = [];
  readonly #ids = new Map<string, string>();

  constructor(private readonly context: ReadingContext) {}

  /** The staged id of an address. */
  add(fields: Fields): string {
    const values = readAddress(fields, this.context);
    const key = addressKey(values);
    const id = this.#ids.get(key) ?? newId();
    if (!this.#ids.has(key)) {
      this.#ids.set(key, id);
      this.rows.push([this.context.line, id, ...values]);
    }
    return id;
  }
}

function readShipping(
  fields: Fields,
  line: number,
  addresses: OrderAddresses,
  items: Item[],
): { shipping: string[]; shipments: Value[][] } {
  const shipping: string[] = [];
  const shipments: Value[][] = [];
  const entries = fields.list('shippingAddresses', shippingFields);
  for (const entry of entries) {
    const address = addresses.add(entry);
    if (shipping.includes(address)) {
      throw new Refusal(
        'DUPLICATE_ADDRESS',
        `shippingAddresses has ${shown(entry.raw('line1'))} twice; give each address once.`,
      );
    }
    shipping.push(address);
    shipments.push(...readShipments(entry, items).map(({ id, quantity }) => [line, id, address, quantity]));
  }
  const split = entries.filter(entry => entry.raw('items') !== undefined).length;
  if (split > 0) {
    checkShipments(entries.length - split, items);
  }
  return { shipping, shipments };
}

/** What goes to one address. */
function readShipments(entry: Fields, items: Item[]): { id: string; quantity: number }[] {
  const lines = new Set<number>();
  const given = entry.list('items', shipmentFields);
  if (given.length === 0 && entry.raw('items') !== undefined) {
    throw entry.refuse('SHIPMENTS_MISMATCH', 'items', 'say what goes to the address, or leave the address out');
  }
  return given.map(shipment => {
    const number = shipment.quantity('line', 1);
    const item = items[number - 1];
    if (!item) {
      throw shipment.refuse('SHIPMENTS_MISMATCH', 'line', `name a line of the order, from 1 to ${items.length}`);
    }
    if (lines.has(number)) {
      throw shipment.refuse('SHIPMENTS_MISMATCH', 'line', 'name each line once for an address');
    }
    lines.add(number);
    const quantity = shipment.quantity('quantity', 1);
    item.shipped += quantity;
    return { id: item.id, quantity };
  });
}

/** Once one address says what goes there, each piece of the order goes to one address. */
function checkShipments(addressesWithout: number, items: Item[]): void {
  if (addressesWithout > 0) {
    throw new Refusal(
      'SHIPMENTS_MISMATCH',
      `${addressesWithout} of the shippingAddresses have no items, but others have; give them to all or to none.`,
    );
  }
  const wrong = items.findIndex(({ quantity, shipped }) => quantity !== shipped);
  if (wrong >= 0) {
    const { quantity, shipped } = items[wrong]!;
    throw new Refusal(
      'SHIPMENTS_MISMATCH',
      `The shippingAddresses carry ${shipped} pieces of line ${wrong + 1}, of which ${quantity} are ordered; ship what is ordered.`,
    );
  }
}

function readFulfilment(fields: Fields, store: string | undefined, shipped: boolean): Fulfilment {
  const derived = shipped ? Fulfilment.SHIPPED : Fulfilment.PICK_UP;
  const fulfilment = fields.oneOf('fulfilment', Object.values(Fulfilment), derived);
  if (fulfilment !== derived) {
    const remedy = shipped ? 'leave out the shippingAddresses' : 'give a shipping address';
    throw fields.refuse('FULFILMENT_MISMATCH', 'fulfilment', `${remedy}, or use ${derived}`);
  }
  if (fulfilment === Fulfilment.PICK_UP && store === undefined) {
    throw new Refusal('STORE_REQUIRED', 'The order has no shipping address, so it was picked up; name the store.');
  }
  return fulfilment;
}
