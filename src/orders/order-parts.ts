import type { OrderItem } from './order.entity.js';
import type { Allocation } from './shipments.js';

/** One line of an order as the history keeps it. Its amounts follow from it. */
export interface PastItem {
  id: string;
  lineNumber: number;
  product: string;
  productName: string;
  quantity: number;
  unitPrice: string;
  taxRate: string;
  currencyCode: string;
  currencyDecimals: number;
}

/** How many pieces of a line go to an address, as the history keeps it. */
export interface PastShipment {
  item: string;
  address: string;
  quantity: number;
}

/** What an order holds beside its own columns. */
export type OrderParts = {
  items: PastItem[];
  shippingAddresses: string[];
  shipments: PastShipment[];
};

/** A line as the history keeps it. */
export function toPastItem({
  id,
  lineNumber,
  product,
  productName,
  quantity,
  unitPrice,
  taxRate,
  currencyCode,
  currencyDecimals,
}: OrderItem): PastItem {
  return {
    id,
    lineNumber,
    product: product.id,
    productName,
    quantity,
    unitPrice,
    taxRate,
    currencyCode,
    currencyDecimals,
  };
}

/** An order's parts for the history. */
export function partsOf(
  items: readonly PastItem[],
  shippingAddresses: readonly string[],
  allocations: readonly PastShipment[],
): OrderParts {
  return {
    items: [...items],
    shippingAddresses: [...shippingAddresses].sort(),
    shipments: [...allocations].sort((a, b) => `${a.item}${a.address}`.localeCompare(`${b.item}${b.address}`)),
  };
}

/** Allocations by the lines' ids. */
export function byItem(allocations: readonly Allocation[], items: readonly { id: string }[]): PastShipment[] {
  return allocations.map(({ line, address, quantity }) => ({ item: items[line]!.id, address, quantity }));
}
