import type pg from 'pg';

/** The queries that are measured, by the names that docs/benchmarks.md gives them. */
export const queryNames = ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'M1'] as const;
export type QueryName = (typeof queryNames)[number];

/** What one request asks for, by keys and values as the database has them; each contender makes variables of its own of it. */
export type Values = Record<string, unknown>;

/** A query, and what the requests of a run ask it for. */
export interface BenchQuery {
  title: string;
  /** What requests ask for, many enough that no two neighbours are alike where they can differ. */
  values(database: pg.Client): Promise<Values[]>;
  /**
   * For a query that is asked by cursor: the pages that are walked from the start of each list, as a client would, since
   * every contender has cursors of its own. Those of the second half are measured.
   */
  pages?: number;
  /** Whether it writes, and so is measured on a copy of the data. */
  writes?: true;
}

const many = 300;

/** The order of the hashes: the same in each run, and nothing that an index or a page of the table knows. */
const shuffled = (id: string) => `order by md5(${id}::text)`;

const timeZones = [
  'UTC',
  'America/Los_Angeles',
  'America/New_York',
  'Europe/London',
  'Asia/Kolkata',
  'Australia/Sydney',
];

export const queries: Record<QueryName, BenchQuery> = {
  Q1: { title: 'the 50 newest orders with customer, store, addresses, items and products', values: async () => [{}] },
  Q2: {
    title: 'a customer by email with 10 orders and their items',
    values: rowsOf(
      `select email from customers c where email is not null
       and (select count(*) from orders o where o.customer_id = c.id) >= 10 ${shuffled('id')} limit ${many}`,
    ),
  },
  Q3: { title: '100 customers, flat', values: async () => [{}], pages: 200 },
  Q4: { title: 'an order by id', values: rowsOf(`select id from orders ${shuffled('id')} limit ${many}`) },
  Q5: { title: 'the four statistics', values: async () => timeZones.map(timeZone => ({ timeZone })) },
  Q6: {
    title: 'a page of 20 orders of a store with their items, by cursor deep in the list, with totalCount',
    values: rowsOf(
      `select store_id as "storeId" from orders group by 1 having store_id is not null order by count(*) desc limit 3`,
    ),
    pages: 100,
  },
  M1: {
    title: 'placing an order of two items',
    values: rowsOf(
      `select c.id as "customerId", a.address_id as "addressId", p.ids as "productIds" from customers c
       join customer_addresses a on a.customer_id = c.id and a.kind = 'BILLING'
       cross join lateral (select array_agg(id) as ids from (
         select id from products where state = 'ACTIVE' order by md5(id::text || c.id::text) limit 2) two) p
       ${shuffled('c.id')} limit ${many}`,
    ),
    writes: true,
  },
};

function rowsOf(sql: string): BenchQuery['values'] {
  return async database => (await database.query<Values>(sql)).rows;
}
