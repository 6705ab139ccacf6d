import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { migrationOptions } from '../../src/database/orm.options.js';
import { tenantContext } from '../../src/migrate/tenant-migrator.js';
import { seedSampleUsers } from '../../seeders/sample-users.js';
import { signedIn } from '../support/app.js';
import { connected } from '../support/server.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { fingerprint } from '../support/fingerprint.js';

const retailCore = 'Migration20261121013815_retail_core';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('sample');
});
afterAll(() => database.drop());

async function migrate(direction: 'up' | 'down'): Promise<void> {
  const orm = await MikroORM.init(migrationOptions(database.url, tenantContext, { silent: true }));
  try {
    await (direction === 'up' ? orm.migrator.up() : orm.migrator.down({ to: retailCore }));
  } finally {
    await orm.close(true);
  }
}

const totals = `select order_id, sum(line_total)::text as total from order_items group by 1 order by 1`;

describe('The migration to the write side, on a shop that has sold', () => {
  test('goes down and up with all that was sold at the same totals, open orders holding their pieces', async () => {
    const schema = await fingerprint(database, 'public');
    const before = await database.query(totals);
    await migrate('down');
    expect(await database.query(totals)).toEqual(before);
    // Finer than its currency, as the version before allowed.
    await database.query(
      `update order_items set unit_price = 0.3333, currency_code = 'JPY' where id in (select id from order_items order by id limit 1)`,
    );
    const fine = await database.query(totals);
    await migrate('up');
    expect(await fingerprint(database, 'public')).toEqual(schema);
    expect(await database.query(totals)).toEqual(fine);
    expect(await database.query(`select distinct currency_decimals as decimals from order_items order by 1`)).toEqual([
      { decimals: 2 },
      { decimals: 4 },
    ]);
    const [held] = await database.query(
      `select sum(reserved)::int as reserved, sum(on_hand)::int as "onHand",
         (select sum(i.quantity)::int from order_items i join orders o on o.id = i.order_id
          where o.status in ('PENDING', 'IN_PROGRESS')) as open from stock_levels`,
    );
    expect(held!['open']).toBeGreaterThan(0);
    expect(held).toMatchObject({ reserved: held!['open'], onHand: held!['open'] });
  });

  test('lets orders that were open before be completed and cancelled', async () => {
    const app = await startApp(loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: database.url }), database.url);
    // They went with their tables.
    await connected(database.url, client => seedSampleUsers(client));
    const owner = await signedIn(app.url);
    const send = async (query: string) => JSON.stringify(await owner.send(query));
    const open = await database.query<{ id: string; status: string }>(
      `select id, status from orders where status in ('PENDING', 'IN_PROGRESS')`,
    );
    for (const { id, status } of open) {
      const mutation =
        status === 'PENDING'
          ? `cancelOrder(input: { id: "Order_${id}", reason: "old" })`
          : `completeOrder(input: { id: "Order_${id}" })`;
      expect(await send(`mutation { ${mutation} { userErrors { code } } }`)).toMatch(/"userErrors":\[\]/);
    }
    await app.close();
    expect(await database.query('select sum(reserved)::int as reserved from stock_levels')).toEqual([{ reserved: 0 }]);
  });

  test('goes down even with customers who were erased or merged', async () => {
    await database.query(
      `update customers set email = null, telephone = null, first_name = '', last_name = '', erased_at = now()
         where id in (select id from customers order by id limit 1);
       update customers set email = null, telephone = null, merged_into_id = (select id from customers order by id limit 1)
         where id in (select id from customers order by id desc limit 1)`,
    );
    await migrate('down');
    expect(
      await database.query(
        `select from customers where email is null and telephone is null or first_name || last_name = ''`,
      ),
    ).toEqual([]);
    await migrate('up');
  });
});
