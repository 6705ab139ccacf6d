import { ref } from '@mikro-orm/core';
import { Address } from '../addresses/address.entity.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { Problems, ProblemCode } from '../problems.js';
import type { NamedProducts } from '../products/find-products.js';
import { availableStock, reserveStock } from '../stock/reserve-stock.js';
import { checkPending } from './order-status.js';
import { itemsOf, lockOrder, piecesOf, placeOf } from './lock-order.js';
import {
  checkCurrencyOf,
  checkSold,
  findLines,
  itemOf,
  type Line,
  readWanted,
  reportShortage,
  toPieces,
  type WantedItem,
} from './order-lines.js';
import { byItem, partsOf, toPastItem } from './order-parts.js';
import { Fulfilment, type Order, OrderItem, OrderShipment, OrderShippingAddress } from './order.entity.js';
import { allocate, type Shipment } from './shipments.js';
import { quote } from '../errors.js';

/** What goes to one of an order's addresses. */
export interface ChangedShipment {
  address: string;
  items?: WantedItem[] | undefined;
}

/**
 * Makes the lines of a PENDING order what is given: what is not named goes, what is new comes at its price of this
 * moment, and what stays keeps the price that it was ordered at. Stock follows.
 * @param shipments which address gets what; needed for an order that is split between several
 * @throws RefusedInput with all that is wrong, UNKNOWN_ORDER, VERSION_CONFLICT or ILLEGAL_TRANSITION
 */
export async function changeOrderItems(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  wanted: readonly WantedItem[],
  shipments: readonly ChangedShipment[] | undefined,
): Promise<string> {
  const { em } = transaction;
  const order = await lockOrder(transaction, key, expectedVersion);
  checkPending(order);
  const problems = new Problems();
  const items = await itemsOf(transaction, order);
  const products = await readWanted(transaction, [wanted, ...(shipments ?? []).map(shipment => shipment.items)]);
  const lines = findLines(products, problems, wanted, 'items');
  const kept = matchLines(problems, items, lines);
  for (const line of lines) {
    const item = kept.get(line);
    if (!item) {
      checkCurrencyOf(problems, line, order.currencyCode);
    }
    if (line.quantity > (item?.quantity ?? 0)) {
      checkSold(problems, line);
    }
  }
  const links = await em.find(OrderShippingAddress, { order }, { orderBy: { address: 'asc' } });
  const addresses = links.map(({ address }) => address.id);
  const old = await em.find(OrderShipment, { item: { $in: items } });
  const chosen = findShipments(products, problems, order, addresses, old.length > 0, shipments);
  problems.throwIfAny(key);
  const pieces = lines.map(toPieces);
  const allocations = chosen ? allocate(problems, pieces, chosen) : [];
  problems.throwIfAny(key);

  const before = partsOf(
    items.map(toPastItem),
    addresses,
    old.map(({ item, address, quantity }) => ({ item: item.id, address: address.id, quantity })),
  );
  const difference = differenceOf(items, lines);
  await em.nativeDelete(OrderShipment, { item: { $in: items } });
  const stays = new Set(kept.values());
  em.remove(items.filter(item => !stays.has(item)));
  let lineNumber = Math.max(0, ...items.map(item => item.lineNumber));
  const changed = lines.map(line => {
    const item = kept.get(line) ?? itemOf(transaction, order, line, (lineNumber += 1));
    item.quantity = line.quantity;
    em.persist(item);
    return item;
  });
  await em.flush();
  for (const { line, address, quantity } of allocations) {
    em.persist(em.create(OrderShipment, { item: changed[line]!, address: ref(Address, address), quantity }));
  }
  const after = partsOf(
    changed.map(toPastItem).sort((a, b) => a.lineNumber - b.lineNumber),
    addresses,
    byItem(allocations, changed),
  );
  recordChange(transaction, HistorySubject.ORDER, order, HistoryAction.ITEMS_CHANGED, before, after);
  await em.flush();
  await reserveDifference(transaction, order, lines, difference);
  return key;
}

/** The lines that stand already, by those that are wanted. */
function matchLines(problems: Problems, items: readonly OrderItem[], lines: readonly Line[]): Map<Line, OrderItem> {
  const matches = new Map<Line, OrderItem>();
  for (const line of lines) {
    const [item, ...others] = items.filter(({ product }) => product.id === line.product.id);
    if (others.length > 0) {
      const message = `The order has ${others.length + 1} lines of ${quote(line.product.sku)}, so it is not clear which is meant; cancel it and place another.`;
      problems.add(ProblemCode.DUPLICATE_ITEM, line.field, message);
    } else if (item) {
      matches.set(line, item);
    }
  }
  return matches;
}

function findShipments(
  products: NamedProducts,
  problems: Problems,
  order: Order,
  addresses: readonly string[],
  isSplit: boolean,
  shipments: readonly ChangedShipment[] | undefined,
): Shipment[] | undefined {
  if (!shipments) {
    if (isSplit) {
      const message = 'The order is split between addresses; give its shipments, so that it is clear which gets what.';
      problems.add(ProblemCode.SHIPMENTS_MISMATCH, 'shipments', message);
    }
    return undefined;
  }
  if (order.fulfilment === Fulfilment.PICK_UP) {
    const message = 'An order that is picked up is sent nowhere; leave the shipments out.';
    problems.add(ProblemCode.PICK_UP_HAS_SHIPMENTS, 'shipments', message);
    return undefined;
  }
  const found: Shipment[] = [];
  for (const [index, { address, items }] of shipments.entries()) {
    const field = `shipments.${index}`;
    if (!addresses.includes(address)) {
      problems.add(ProblemCode.UNKNOWN_ADDRESS, `${field}.addressId`, 'The order does not go to this address.');
    }
    if (found.some(other => other.address === address)) {
      problems.add(ProblemCode.DUPLICATE_SHIPMENT, field, 'Two shipments go to this address; make them one.');
    }
    const lines = items && findLines(products, problems, items, `${field}.items`);
    found.push({
      address,
      items: lines?.map(toPieces),
      field,
    });
  }
  if (found.length !== addresses.length) {
    const message = `The order goes to ${addresses.length} addresses; give a shipment for each.`;
    problems.add(ProblemCode.SHIPMENTS_MISMATCH, 'shipments', message);
  }
  return found;
}

/** How many more pieces, or with a minus fewer, each product has than before. */
function differenceOf(items: readonly OrderItem[], lines: readonly Line[]) {
  return piecesOf([
    ...lines.map(toPieces),
    ...items.map(({ product, quantity }) => ({ product: product.id, quantity: -quantity })),
  ]).filter(({ quantity }) => quantity !== 0);
}

async function reserveDifference(
  transaction: Transaction,
  order: Order,
  lines: readonly Line[],
  difference: ReturnType<typeof differenceOf>,
): Promise<void> {
  const place = placeOf(order);
  const missing = await reserveStock(transaction, place, difference);
  if (missing.length > 0) {
    const problems = new Problems();
    const available = await availableStock(
      transaction,
      place,
      missing.map(product => ({ product })),
    );
    const more = new Map(difference.map(({ product, quantity }) => [product, quantity]));
    lines
      .filter(({ product }) => missing.includes(product.id))
      .forEach(line =>
        // What the order holds already counts for it.
        reportShortage(
          problems,
          line,
          (available.get(line.product.id) ?? 0) + line.quantity - more.get(line.product.id)!,
        ),
      );
    problems.throwIfAny(order.id);
  }
}
