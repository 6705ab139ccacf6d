import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { load } from '../../seeders/load/load.js';
import { bulkKinds } from '../../src/bulk/bulk-kind.js';
import { exportAll, exportText, importLines, removeFiles, textOf } from '../support/bulk.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { connected } from '../support/server.js';
import { hostileShop } from './hostile-shop.js';

afterAll(removeFiles);

const statistics = `
  select (select json_agg(s) from (select zip_code, count(*) from orders join addresses a on a.id = billing_address_id group by 1 order by 1) s) as billing,
    (select json_agg(s) from (select zip_code, count(distinct order_id) from order_shipping_addresses join addresses a on a.id = address_id group by 1 order by 1) s) as shipping,
    (select json_agg(s) from (select extract(hour from placed_at at time zone 'UTC'), count(*) from orders where fulfilment = 'PICK_UP' group by 1 order by 1) s) as hours,
    (select json_agg(s) from (select customer_id, count(*) from orders where fulfilment = 'PICK_UP' group by 1 order by 1) s) as customers,
    (select json_agg(s) from (select product_id, store_id, on_hand, reserved from stock_levels where on_hand > 0 order by 1, 2) s) as stock,
    (select sum(line_total) from order_items) as total`;

/** Imports all that a database has into an empty one, and compares the two. */
async function roundTrip(source: TestDatabase): Promise<void> {
  const target = await createTestDatabase('empty');
  const texts = await exportAll(source);
  for (const kind of bulkKinds) {
    const { rows, imported } = await importLines(target, kind, texts[kind]);
    expect(rows).toEqual([]);
    expect(imported).toBe(texts[kind].split('\n').length - 1);
  }
  const again = await exportAll(target);
  for (const kind of bulkKinds) {
    // Not `toEqual`, which would take minutes to show how long texts differ.
    expect(again[kind] === texts[kind]).toBe(true);
  }
  expect(await target.query(statistics)).toEqual(await source.query(statistics));
  await target.drop();
}

describe('Exporting, importing and exporting again gives the same bytes and statistics', () => {
  test('of the sample data', async () => {
    const sample = await createTestDatabase('sample');
    await roundTrip(sample);
    expect((await exportText(sample, 'orders')).split('\n')).toHaveLength(24 + 1);
    await sample.drop();
  });

  test('of a load, over more than a batch', async () => {
    const source = await createTestDatabase('empty');
    await connected(source.url, client => load(client, { orders: 6000, randomSeed: 7, schema: 'public' }));
    await roundTrip(source);
    await source.drop();
  }, 60_000);

  test('of an order whose shipping addresses say the same, as an erasure leaves them, and whose lines have a gap', async () => {
    const source = await createTestDatabase('sample');
    await source.query(`
      with o as (select order_id, address_id, gen_random_uuid() as copy from order_shipping_addresses
                 join orders on orders.id = order_id where status = 'COMPLETED' limit 1),
        a as (insert into addresses (id, line1, line2, city, state, zip_code, country_code)
              select o.copy, line1, line2, city, state, zip_code, country_code from o join addresses on id = o.address_id returning id),
        l as (insert into order_shipping_addresses (order_id, address_id) select order_id, copy from o),
        i as (update order_items set line_number = line_number + 5, quantity = 3 from o where order_items.order_id = o.order_id returning order_items.id)
      insert into order_shipments (item_id, address_id, quantity)
        select i.id, address_id, 1 from o, i union all select i.id, copy, 2 from o, i`);
    await roundTrip(source);
    expect(await exportText(source, 'orders')).toContain('"items":[{"line":1,"quantity":3}');
    await source.drop();
  });

  test('of whatever can be written', async () => {
    await fc.assert(
      fc.asyncProperty(hostileShop, async shop => {
        const target = await createTestDatabase('empty');
        for (const kind of bulkKinds) {
          const { rows } = await importLines(target, kind, shop[kind]);
          expect(rows).toEqual([]);
          expect(await exportText(target, kind)).toBe(textOf(shop[kind]));
        }
        await target.drop();
      }),
      // To shrink a failure would take minutes; its seed makes it again.
      { numRuns: 15, endOnFailure: true },
    );
  }, 120_000);
});
