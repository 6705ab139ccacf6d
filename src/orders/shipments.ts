import { type Problems, ProblemCode } from '../problems.js';

/** A product's pieces that go to one address; `field` is their place in the input. */
export interface ShipmentItem {
  product: string;
  quantity: number;
  field: string;
}

/** What goes to one address: some pieces, or all that goes to no other. */
export interface Shipment {
  address: string;
  items: ShipmentItem[] | undefined;
  field: string;
}

/** How many pieces of a line go to an address. */
export interface Allocation {
  line: number;
  address: string;
  quantity: number;
}

/**
 * Shares the pieces of an order's lines out to its addresses, so that each piece goes to one of them, and gives nothing
 * for an order that goes to one address. Reports shipments that carry more or less than was ordered, or nothing.
 */
export function allocate(
  problems: Problems,
  lines: readonly { product: string; quantity: number }[],
  shipments: readonly Shipment[],
): Allocation[] {
  const left = lines.map(({ quantity }) => quantity);
  const allocations: Allocation[] = [];
  const rest = shipments.filter(({ items }) => items === undefined);
  if (rest.length > 1) {
    const message =
      'Only one shipment can go without items, which then gets all that the others leave; give the items of the others.';
    problems.add(ProblemCode.SHIPMENTS_MISMATCH, rest[1]!.field, message);
  }
  for (const { address, items = [] } of shipments) {
    for (const { product, quantity, field } of items) {
      let missing = quantity;
      lines.forEach((line, index) => {
        const taken = line.product === product ? Math.min(missing, left[index]!) : 0;
        if (taken > 0) {
          left[index]! -= taken;
          missing -= taken;
          allocations.push({ line: index, address, quantity: taken });
        }
      });
      if (missing > 0) {
        const message = `The shipments carry ${missing} more of this product than was ordered; ship what was ordered.`;
        problems.add(ProblemCode.SHIPMENTS_MISMATCH, field, message);
      }
    }
  }
  for (const { address } of rest) {
    left.forEach((quantity, line) => {
      if (quantity > 0) {
        allocations.push({ line, address, quantity });
        left[line] = 0;
      }
    });
  }
  const forgotten = left.reduce((sum, quantity) => sum + quantity, 0);
  if (forgotten > 0) {
    const message = `${forgotten} pieces go nowhere; give one shipment without items to send all others there.`;
    problems.add(ProblemCode.SHIPMENTS_MISMATCH, 'shipments', message);
  }
  for (const { address, field } of shipments) {
    if (!allocations.some(allocation => allocation.address === address)) {
      problems.add(ProblemCode.SHIPMENTS_MISMATCH, field, 'Nothing goes to this address; leave it out.');
    }
  }
  return shipments.length > 1 ? joined(allocations) : [];
}

/** One allocation a line and address, where two items of a shipment name the same product. */
function joined(allocations: readonly Allocation[]): Allocation[] {
  const byPlace = new Map<string, Allocation>();
  for (const { line, address, quantity } of allocations) {
    const key = `${line} ${address}`;
    byPlace.set(key, { line, address, quantity: quantity + (byPlace.get(key)?.quantity ?? 0) });
  }
  return [...byPlace.values()];
}
