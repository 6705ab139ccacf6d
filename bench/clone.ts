/**
 * Measures `pier2 tenants clone` of a shop of so many orders on the embedded server, in a database that is made for it and
 * dropped. Each order and each customer has an entry in the history, as the API would have written it.
 *
 *     NODE_ENV=production node --import @oxc-node/core/register bench/clone.ts --orders 20000,200000
 */
import { parseArgs } from 'node:util';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { ensureDatabase } from '../src/database/ensure-database.js';
import { withClient } from '../src/database/with-client.js';
import { migrationFolders } from '../src/migrate/files.js';
import { countRows } from '../src/migrate/row-counts.js';
import { projectFolder } from '../src/project-folder.js';
import { load } from '../seeders/load/load.js';
import { measure, measureCommand } from './measure-command.js';

const { values } = parseArgs({ options: { orders: { type: 'string', default: '20000,200000' } } });
const database = 'clone';

/** The first entries of the histories of all orders and customers. */
const history = `
  insert into history (id, subject_type, subject, version, actor, action, changes)
  select gen_random_uuid(), 'ORDER', o.id, 1, 'anonymous', 'PLACED', jsonb_build_array(
    jsonb_build_object('field', 'customer', 'before', null, 'after', customer_id),
    jsonb_build_object('field', 'billingAddress', 'before', null, 'after', billing_address_id),
    jsonb_build_object('field', 'placedAt', 'before', null, 'after', placed_at),
    jsonb_build_object('field', 'status', 'before', null, 'after', status),
    jsonb_build_object('field', 'currencyCode', 'before', null, 'after', currency_code),
    jsonb_build_object('field', 'items', 'before', null, 'after', (
      select jsonb_agg(jsonb_build_object('id', i.id, 'productName', i.product_name, 'quantity', i.quantity, 'unitPrice', i.unit_price::text))
      from order_items i where i.order_id = o.id)))
  from orders o
  union all
  select gen_random_uuid(), 'CUSTOMER', id, 1, first_name || ' ' || last_name, 'CREATED', jsonb_build_array(
    jsonb_build_object('field', 'email', 'before', null, 'after', email),
    jsonb_build_object('field', 'telephone', 'before', null, 'after', telephone),
    jsonb_build_object('field', 'firstName', 'before', null, 'after', first_name),
    jsonb_build_object('field', 'lastName', 'before', null, 'after', last_name))
  from customers`;

const server = await acquireEmbeddedPostgres({ folder: `${projectFolder}/.pier2/bench-postgres` });
const drop = () =>
  withClient(server.url('postgres'), client => client.query(`drop database if exists ${database} with (force)`));
try {
  for (const orders of values.orders.split(',').map(Number)) {
    await drop();
    const url = server.url(database);
    await ensureDatabase(url);
    await measure('make the tables', url, migrationFolders.tenant, 'apply');
    await withClient(url, async client => {
      await load(client, { orders, randomSeed: 42, schema: 'public' });
      await client.query(history);
      await client.query('vacuum analyze');
      const rows = (await countRows(client, ['public'])).reduce((sum, table) => sum + table.rows, 0);
      console.log(`${rows.toLocaleString('en')} rows`);
    });
    const settings = { DATABASE_URL: url };
    await measureCommand('clone', settings, 'tenants', 'clone', 'default', 'copy');
    await measureCommand('clone --anonymise', settings, 'tenants', 'clone', 'default', 'masked', '--anonymise');
  }
} finally {
  await drop();
  await server.release();
}
