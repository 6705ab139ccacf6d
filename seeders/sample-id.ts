/** What has an id of the sample data, each with the digit that its ids carry. */
const tables = {
  address: 1,
  customer: 2,
  store: 3,
  product: 4,
  order: 5,
  orderItem: 6,
  stockLevel: 7,
  page: 8,
  task: 9,
};

const beginning = new Date('2025-01-01T00:00:00.000Z');

/**
 * The fixed id of a row of the sample data: a UUIDv7 that tells its table and number, such as
 * `01941f29-7c00-7000-8002-000000000001` for customer 1. Its time is `at`, so that orders sort by id as they were placed.
 */
export function sampleId(table: keyof typeof tables, number: number, at: Date = beginning): string {
  const time = at.getTime().toString(16).padStart(12, '0');
  const digits = String(number).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-800${tables[table]}-${digits}`;
}
