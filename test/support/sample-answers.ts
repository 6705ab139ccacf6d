/**
 * What the sample data answers: docs/sample-data.md in a form that tests can compare with. Customers stand for their keys
 * in seeders/data/customers.json, orders for their numbers in seeders/data/orders.json, and stores for their names.
 * test/seeders.test.ts holds all of it against plain SQL.
 */

/** How many rows there are. */
export const rowCounts = {
  addresses: 14,
  customers: 12,
  stores: 4,
  products: 12,
  orders: 24,
  orderItems: 42,
  pages: 20,
  tasks: 8,
};

/** Titles of pages by language, in the order of their numbers. */
export const pageTitles: Record<string, string[]> = {
  en: [
    'Towel',
    'Babel Fish',
    'Vogon Poetry',
    'Tea',
    'Pan Galactic Gargle Blaster',
    'Peril-Sensitive Sunglasses',
    'Don’t Panic',
    'Somebody Else’s Problem Field',
    'Infinite Improbability Drive',
    'Forty-Two',
    'Milliways',
    'Doors with a Personality',
  ],
  da: [
    'Håndklæde',
    'Babelfisken',
    'Vogonsk poesi',
    'Te',
    'Ingen panik',
    'En andens problem',
    'Toogfyrre',
    'Restauranten Milliways',
  ],
};

/** Open tasks by the day on which they are due, those that are never due last. */
export const openTasksByDue = [3, 4, 7, 5, 6, 8];

/** Open tasks from URGENT to LOW; among equals the newest first. */
export const openTasksByPriority = [4, 7, 3, 5, 8, 6];

/** Completed tasks, by the day on which they were due. */
export const completedTasks = [1, 2];

/** A contact as somebody may type it, and whose it is. */
export const customersByContact: [contact: string, customer: string | null][] = [
  ['ARTHUR.DENT@cottington.EXAMPLE', 'arthur'],
  ['44-1632-960042', 'arthur'],
  ['ford.prefect@megadodo.example', 'ford'],
  ['+1 321 5550142', 'zaphod'],
  ['+44 (20) 7946-0709', 'trillian'],
  ['02079460842', 'fenchurch'],
  ['trillian@heart-of-gold.example', null],
  ['+44 20 7946 0000', null],
];

/** Orders from the newest to the oldest; 19 and 18 were placed at the same moment. */
export const ordersNewestFirst = [
  24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
];

/** All others are COMPLETED. */
export const openOrders = { PENDING: [24, 23], IN_PROGRESS: [22, 21], CANCELLED: [17, 8] };

export const ordersByStatus = { PENDING: 2, IN_PROGRESS: 2, COMPLETED: 18, CANCELLED: 2 };

/** All orders of a store, picked up or shipped, newest first. */
export const ordersByStore: Record<string, number[]> = {
  Milliways: [20, 18, 16, 8, 6, 5],
  'Megadodo House': [22, 15, 12, 2],
  'Barnard’s Star Outlet': [14, 11],
  'Krikkit Corner': [9, 1],
};

/** All orders of a customer, newest first. */
export const ordersByCustomer: Record<string, number[]> = {
  arthur: [22, 18, 9, 1],
  ford: [24, 20, 11, 2],
  zaphod: [16, 14, 8, 3],
  trillian: [13, 5],
  marvin: [6],
  slartibartfast: [19, 4],
  fenchurch: [23, 15, 12],
  agrajag: [],
  lunkwill: [7],
  fook: [17],
  tricia: [21, 10],
  random: [],
};

/** Orders without a shipping address, newest first. */
export const inStorePurchases = [20, 18, 16, 15, 11, 9, 8, 6, 5, 2, 1];

/** Orders placed online, which have no store, newest first. */
export const onlineOrders = [24, 23, 21, 19, 17, 13, 10, 7, 4, 3];

/** Orders of the third quarter, newest first. */
export const ordersPlacedBetween = {
  from: '2025-07-01T00:00:00.000Z',
  /** Not of the period itself. */
  until: '2025-10-01T00:00:00.000Z',
  orders: [17, 16, 15, 14],
};

/** Totals at the prices of their own time, by the order's number, in USD. */
export const orderTotals: Record<number, string> = {
  1: '39.98',
  2: '329.99',
  3: '223.90',
  4: '291.90',
  5: '100.00',
  6: '420.00',
  7: '527.00',
  8: '937.95',
  9: '149.00',
  10: '55.99',
  11: '59.97',
  12: '38.75',
  13: '572.60',
  14: '440.40',
  15: '56.75',
  16: '384.00',
  17: '1043.00',
  18: '80.75',
  19: '36.00',
  20: '88.50',
  21: '389.95',
  22: '275.50',
  23: '49.00',
  24: '438.00',
};

/** Orders by the zip code of the billing address, the highest count first, equal counts by zip code. */
export const countsByBillingZip = [
  { zipCode: '32920', count: 5 },
  { zipCode: 'CT42 1AD', count: 4 },
  { zipCode: 'GU1 3DL', count: 4 },
  { zipCode: 'N1 7BE', count: 4 },
  { zipCode: '10042', count: 2 },
  { zipCode: '6216', count: 2 },
  { zipCode: 'CB2 1TP', count: 2 },
  { zipCode: 'V9410', count: 1 },
];

/**
 * Orders by the zip code of a shipping address, the highest count first, equal counts by zip code. Order 13 went to two
 * addresses in N1 7BE and counts once there.
 */
export const countsByShippingZip = [
  { zipCode: '32920', count: 3 },
  { zipCode: 'N1 7BE', count: 3 },
  { zipCode: '10042', count: 2 },
  { zipCode: '6216', count: 2 },
  { zipCode: 'CB2 1TP', count: 2 },
  { zipCode: 'CT42 1AD', count: 2 },
  { zipCode: '93108', count: 1 },
];

/** In-store purchases by the hour of the day in a time zone, by hour; hours without any are left out. */
export const inStorePurchasesByHour: Record<string, { hour: number; count: number }[]> = {
  UTC: [
    { hour: 4, count: 2 },
    { hour: 9, count: 2 },
    { hour: 10, count: 1 },
    { hour: 14, count: 2 },
    { hour: 18, count: 4 },
  ],
  // Some fell into summer time, so an offset of one size for all gives other counts.
  'America/New_York': [
    { hour: 0, count: 2 },
    { hour: 4, count: 1 },
    { hour: 5, count: 1 },
    { hour: 6, count: 1 },
    { hour: 9, count: 1 },
    { hour: 10, count: 1 },
    { hour: 13, count: 2 },
    { hour: 14, count: 2 },
  ],
  // Half an hour off all others.
  'Asia/Kolkata': [
    { hour: 0, count: 2 },
    { hour: 9, count: 1 },
    { hour: 10, count: 1 },
    { hour: 14, count: 1 },
    { hour: 15, count: 2 },
    { hour: 20, count: 2 },
    { hour: 23, count: 2 },
  ],
};

/** Customers by in-store purchases, the highest count first, equal counts by customer id. */
export const topInStoreCustomers = [
  { customer: 'arthur', orderCount: 3 },
  { customer: 'ford', orderCount: 3 },
  { customer: 'zaphod', orderCount: 2 },
  { customer: 'trillian', orderCount: 1 },
  { customer: 'marvin', orderCount: 1 },
  { customer: 'fenchurch', orderCount: 1 },
];

/** Lines whose product has another name or price by now: `[order, line, then, now]`. */
export const changedSince: [order: number, line: number, then: string, now: string][] = [
  [1, 1, 'Beach Towel 19.99', 'Beach Towel 24.50'],
  [2, 1, 'Beach Towel 19.99', 'Beach Towel 24.50'],
  [5, 2, 'Babel Fish 36.00', 'Babel Fish 42.00'],
  [7, 1, 'Nutri-Matic Tea Maker 149.00', 'Nutri-Matic Drinks Synthesizer 149.00'],
  [9, 1, 'Nutri-Matic Tea Maker 149.00', 'Nutri-Matic Drinks Synthesizer 149.00'],
  [10, 1, 'Babel Fish 36.00', 'Babel Fish 42.00'],
  [10, 2, 'Beach Towel 19.99', 'Beach Towel 24.50'],
  [11, 1, 'Beach Towel 19.99', 'Beach Towel 24.50'],
];
