import { ref } from '@mikro-orm/core';
import { decimalsOf } from '../currencies.js';
import { newId } from '../database/new-id.js';
import type { Row } from '../database/row.js';
import type { Transaction } from '../database/transactions.js';
import { type Problems, ProblemCode } from '../problems.js';
import { chooseProducts, type NamedProducts, type ProductReference, readProducts } from '../products/find-products.js';
import { Product, ProductState } from '../products/product.entity.js';
import { type Order, OrderItem } from './order.entity.js';
import type { PastItem } from './order-parts.js';
import type { ShipmentItem } from './shipments.js';
import { quote } from '../errors.js';

/** Lines of an order at the most. */
const maxItems = 200;

/** Pieces in one line at the most. */
const maxQuantity = 1_000_000;

/** A product and how many pieces of it somebody wants. */
export interface WantedItem extends ProductReference {
  quantity: number;
}

/** A line of an order, with the product as it is now. */
export interface Line {
  product: Row<Product>;
  quantity: number;
  /** Its place in the input. */
  field: string;
}

/** The products of several lists of items, read by one statement. Of a list that is too long nothing is read. */
export function readWanted(
  { reader }: Transaction,
  lists: readonly (readonly WantedItem[] | undefined)[],
): Promise<NamedProducts> {
  return readProducts(
    reader,
    lists.flatMap(items => (items && items.length <= maxItems ? items : [])),
  );
}

/**
 * The products that somebody wants, each with its quantity; those with a problem are left out and reported. An order has
 * lines, no two of one product, and each quantity is at least 1.
 */
export function findLines(
  products: NamedProducts,
  problems: Problems,
  items: readonly WantedItem[],
  field: string,
): Line[] {
  if (items.length === 0) {
    problems.add(ProblemCode.ITEMS_REQUIRED, field, 'There are no items; give at least one.');
  }
  if (items.length > maxItems) {
    problems.add(ProblemCode.TOO_MANY, field, `There are ${items.length} items, and ${maxItems} are the most.`);
    return [];
  }
  const references = items.map((item, index) => ({ ...item, field: `${field}.${index}` }));
  const named = chooseProducts(problems, references, products);
  const lines: Line[] = [];
  references.forEach((reference, index) => {
    const product = named[index];
    const isQuantity = checkQuantity(problems, reference);
    if (product && lines.some(line => line.product.id === product.id)) {
      const message = `The product ${quote(product.sku)} is named twice; give it once with the quantities together.`;
      problems.add(ProblemCode.DUPLICATE_ITEM, reference.field, message);
    } else if (product && isQuantity) {
      lines.push({ product, quantity: reference.quantity, field: reference.field });
    }
  });
  return lines;
}

/** The pieces of a line, by the product's key. */
export function toPieces({ product, quantity, field }: Line): ShipmentItem {
  return { product: product.id, quantity, field };
}

/** Reports a product that cannot be ordered any more. */
export function checkSold(problems: Problems, { product, field }: Line): void {
  if (product.state === ProductState.RETIRED) {
    const message = `The product ${quote(product.sku)} is no longer sold; leave it out.`;
    problems.add(ProblemCode.PRODUCT_RETIRED, field, message);
  }
}

/** Reports a product that is priced in another currency than the order. */
export function checkCurrencyOf(problems: Problems, { product, field }: Line, currencyCode: string): void {
  if (product.currencyCode !== currencyCode) {
    const message = `The product ${quote(product.sku)} is priced in ${product.currencyCode} and the order in ${currencyCode}; an order has one currency.`;
    problems.add(ProblemCode.CURRENCY_MISMATCH, field, message);
  }
}

/** A new line of an order, at the product's name, price and tax rate of this moment. */
export function newItem({ product, quantity }: Line, lineNumber: number, currencyCode: string): PastItem {
  return {
    id: newId(),
    lineNumber,
    product: product.id,
    productName: product.name,
    quantity,
    unitPrice: product.price,
    taxRate: product.taxRate,
    currencyCode,
    currencyDecimals: decimalsOf(currencyCode),
  };
}

/** A new line of an order that stands. */
export function itemOf({ em }: Transaction, order: Order, line: Line, lineNumber: number): OrderItem {
  const { product, ...values } = newItem(line, lineNumber, order.currencyCode);
  return em.create(OrderItem, { ...values, order, product: ref(Product, product) }, { partial: true });
}

/** Reports a line of which too few pieces are left. */
export function reportShortage(problems: Problems, { product, quantity, field }: Line, available: number): void {
  const message = `${quantity} pieces of ${quote(product.sku)} are wanted and ${available} can be ordered; take fewer.`;
  problems.add(ProblemCode.INSUFFICIENT_STOCK, `${field}.quantity`, message);
}

function checkQuantity(problems: Problems, { quantity, field }: { quantity: number; field: string }): boolean {
  const isQuantity = quantity >= 1 && quantity <= maxQuantity;
  if (!isQuantity) {
    const message = `The quantity is ${quantity}, but should be from 1 to ${maxQuantity}.`;
    problems.add(ProblemCode.INVALID_QUANTITY, `${field}.quantity`, message);
  }
  return isQuantity;
}
