/** fastify and mercurius in production, with the schema and the SQL written by hand: a statement for each relation. */
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';

type Row = Record<string, unknown>;

const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['POOL_SIZE']),
  options: '-c TimeZone=UTC',
});

/** Runs a statement that is prepared once for each connection. */
async function run(name: string, text: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool.query<Row>({ name, text, values })).rows;
}

const orderColumns = `o.id, o.status, o.placed_at as "placedAt", o.fulfilment, o.cancel_reason as "cancelReason", o.version,
  o.customer_id as "customerId", o.store_id as "storeId", o.billing_address_id as "billingAddressId"`;
const customerColumns = 'c.id, c.first_name as "firstName", c.last_name as "lastName", c.email, c.telephone';
const addressColumns =
  'a.id, a.line1, a.line2, a.city, a.state, a.zip_code as "zipCode", a.country_code as "countryCode"';

/** What a loader is asked for: the objects whose field is wanted, all at once. */
interface Asked {
  obj: Row;
  params: { first: number };
}

/** Without mercurius' own cache, whose keys are the whole objects as text: equal keys meet in the statement anyway. */
const opts = { cache: false };

/** A field with the row that a column points to. */
function toOne(column: string, text: string, key = 'id') {
  const loader = async (asked: Asked[]) => {
    const keys = [...new Set(asked.map(({ obj }) => obj[column]).filter(value => value !== null))];
    const rows = new Map((await run(`one ${column}`, text, [keys])).map(row => [row[key], row]));
    return asked.map(({ obj }) => rows.get(obj[column]) ?? null);
  };
  return { loader, opts };
}

/** A field with the rows that point to an object by their column `owner`. */
function toMany(name: string, text: string, more: (asked: Asked) => unknown[] = () => []) {
  const loader = async (asked: Asked[]) => {
    const rows = await run(`many ${name}`, text, [asked.map(({ obj }) => obj['id']), ...more(asked[0]!)]);
    const lists = new Map(asked.map(({ obj }) => [obj['id'], [] as Row[]]));
    rows.forEach(row => lists.get(row['owner'])!.push(row));
    return asked.map(({ obj }) => lists.get(obj['id'])!);
  };
  return { loader, opts };
}

const loaders = {
  Order: {
    customer: toOne('customerId', `select ${customerColumns} from customers c where c.id = any($1::uuid[])`),
    store: toOne('storeId', 'select id, name from stores where id = any($1::uuid[])'),
    billingAddress: toOne('billingAddressId', `select ${addressColumns} from addresses a where a.id = any($1::uuid[])`),
    shippingAddresses: toMany(
      'shippingAddresses',
      `select l.order_id as owner, ${addressColumns} from order_shipping_addresses l join addresses a on a.id = l.address_id
       where l.order_id = any($1::uuid[]) order by a.id`,
    ),
    items: toMany(
      'items',
      `select order_id as owner, id, line_number as "lineNumber", product_name as "productName", quantity,
         unit_price as "unitPrice", line_total as "lineTotal", currency_code as "currencyCode", product_id as "productId"
       from order_items where order_id = any($1::uuid[]) order by line_number`,
    ),
  },
  OrderItem: {
    product: toOne(
      'productId',
      'select id, sku, name, price, currency_code as "currencyCode" from products where id = any($1::uuid[])',
    ),
  },
  Address: {
    country: toOne(
      'countryCode',
      'select iso2_code as "iso2Code", name from platform.countries where iso2_code = any($1::text[])',
      'iso2Code',
    ),
  },
  Customer: {
    orders: toMany(
      'orders',
      `select c.id as owner, o.* from unnest($1::uuid[]) c(id) cross join lateral (
         select ${orderColumns} from orders o where o.customer_id = c.id order by o.placed_at desc, o.id desc limit $2) o
       order by o."placedAt" desc, o.id desc`,
      ({ params }) => [params.first],
    ),
  },
};

interface PageArguments {
  first: number;
  after?: string;
  storeId?: string;
}

/** A page of which one row more was read. */
function pageOf(rows: Row[], first: number, place: (row: Row) => unknown[]) {
  const nodes = rows.slice(0, first);
  const last = nodes.at(-1);
  const endCursor = last ? Buffer.from(JSON.stringify(place(last))).toString('base64url') : null;
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor } };
}

function placeOf(after: string): unknown[] {
  return JSON.parse(Buffer.from(after, 'base64url').toString()) as unknown[];
}

const orderPlace = (row: Row) => [row['placedAt'], row['id']];
const newest = 'order by o.placed_at desc, o.id desc';

const resolvers = {
  Query: {
    orders: async (_: unknown, { first, after, storeId }: PageArguments) => {
      const where: string[] = [];
      const values: unknown[] = [first + 1];
      if (storeId) {
        where.push(`o.store_id = $${values.push(storeId)}`);
      }
      if (after) {
        const [placedAt, id] = placeOf(after);
        where.push(`(o.placed_at, o.id) < ($${values.push(placedAt)}::timestamptz, $${values.push(id)}::uuid)`);
      }
      const condition = where.length > 0 ? `where ${where.join(' and ')}` : '';
      const text = `select ${orderColumns} from orders o ${condition} ${newest} limit $1`;
      return { ...pageOf(await run(condition || 'orders', text, values), first, orderPlace), storeId };
    },
    order: async (_: unknown, { id }: { id: string }) =>
      (await run('order', `select ${orderColumns} from orders o where o.id = $1`, [id]))[0],
    customers: async (_: unknown, { first, after }: PageArguments) => {
      const [id] = after ? placeOf(after) : ['00000000-0000-0000-0000-000000000000'];
      const text = `select ${customerColumns} from customers c where c.merged_into_id is null and c.id > $2 order by c.id limit $1`;
      return pageOf(await run('customers', text, [first + 1, id]), first, row => [row['id']]);
    },
    customerByEmail: async (_: unknown, { email }: { email: string }) => {
      const text = `select ${customerColumns} from customers c
        where lower(c.email collate "und-x-icu") = lower($1 collate "und-x-icu")`;
      return (await run('customerByEmail', text, [email]))[0];
    },
    orderStatistics: () => ({}),
  },
  Order: {
    placedAt: ({ placedAt }: Row) => (placedAt as Date).toISOString(),
  },
  OrderConnection: {
    totalCount: async ({ storeId }: Row) => {
      const [all] = await (storeId
        ? run('count of store', 'select count(*)::int as count from orders where store_id = $1', [storeId])
        : run('count', 'select count(*)::int as count from orders'));
      return all!['count'];
    },
  },
  OrderStatistics: {
    countsByBillingZip: (_: unknown, { first }: { first: number }) =>
      run(
        'countsByBillingZip',
        `select a.zip_code as "zipCode", count(*)::int as count
         from orders o join addresses a on a.id = o.billing_address_id
         group by 1 order by 2 desc, a.zip_code collate "C" limit $1`,
        [first],
      ),
    countsByShippingZip: (_: unknown, { first }: { first: number }) =>
      run(
        'countsByShippingZip',
        `select a.zip_code as "zipCode", count(distinct l.order_id)::int as count
         from order_shipping_addresses l join addresses a on a.id = l.address_id
         group by 1 order by 2 desc, a.zip_code collate "C" limit $1`,
        [first],
      ),
    inStorePurchasesByHour: (_: unknown, { timeZone }: { timeZone: string }) =>
      run(
        'inStorePurchasesByHour',
        `select extract(hour from placed_at at time zone $1)::int as hour, count(*)::int as count
         from orders where fulfilment = 'PICK_UP' group by 1 order by 1`,
        [timeZone],
      ),
    topInStoreCustomers: async (_: unknown, { first }: { first: number }) => {
      const rows = await run(
        'topInStoreCustomers',
        `select top."orderCount", ${customerColumns}
         from (select customer_id as id, count(*)::int as "orderCount" from orders where fulfilment = 'PICK_UP'
               group by 1 order by 2 desc, 1 limit $1) top
         join customers c on c.id = top.id order by top."orderCount" desc, top.id`,
        [first],
      );
      return rows.map(({ orderCount, ...customer }) => ({ orderCount, customer }));
    },
  },
};

const app = fastify();
await app.register(mercurius, {
  schema: readFileSync(`${import.meta.dirname}/schema.graphql`, 'utf8'),
  resolvers: resolvers as unknown as mercurius.IResolvers,
  loaders: loaders as unknown as mercurius.MercuriusLoaders,
  jit: 1,
  graphiql: false,
});
console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
process.on('SIGTERM', () => process.exit(0));
