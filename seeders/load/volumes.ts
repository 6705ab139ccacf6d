/** How many of each thing there are. */
export interface Volumes {
  orders: number;
  customers: number;
  /** Addresses where customers live; some are home to two of them. */
  homes: number;
  /** Addresses that many customers have their goods sent to. */
  offices: number;
  stores: number;
  products: number;
}

/** The shop that has so many orders. */
export function volumesFor(orders: number): Volumes {
  const customers = Math.ceil(orders / 10);
  return {
    orders,
    customers,
    homes: Math.ceil(customers * 0.85),
    offices: Math.ceil(customers / 50),
    stores: within(3, 500, Math.round(orders / 10_000)),
    products: within(100, 1000, Math.round(orders / 250)),
  };
}

function within(least: number, most: number, value: number): number {
  return Math.min(most, Math.max(least, value));
}
