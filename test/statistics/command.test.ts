import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pickedUp, place } from '../orders/order-fixtures.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { endPrograms, run } from '../support/process.js';
import { makeTenant } from '../tenancy/tenant-fixtures.js';
import { differences, expectFiguresOfOrders } from './figures.js';

let app: TestApp;
let schema: string;
beforeAll(async () => {
  app = await startTestApp();
  ({ schema } = await makeTenant(app, 'Milliways Inc', { seed: true }));
});
afterEach(endPrograms);
afterAll(() => app.close());

async function statistics(...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = run(process.execPath, ['src/cli/pier2-command.js', 'statistics', ...args], {
    DATABASE_URL: app.database.url,
  });
  return { code: await program.ends(), output: program.output() };
}

/** Makes each kind of kept number wrong in a shop. */
async function corrupt(name: string): Promise<void> {
  await app.database.query(`
    update ${name}.order_figures set count = count + 1 where figure = 'BILLING_ZIP';
    insert into ${name}.order_figure_changes (figure, key, change) values ('SHIPPING_ZIP', 'NOWHERE', 2);
    update ${name}.in_store_times set counts[7] = 42 where days = 64;
    delete from ${name}.order_figure_changes where figure = 'IN_STORE_CUSTOMER'`);
}

describe('pier2 statistics', () => {
  test('check finds nothing wrong with what the database keeps by itself', async () => {
    await place(app, pickedUp);
    expect(await statistics('check')).toEqual({
      code: 0,
      output: 'default: all figures are those of the orders.\n',
    });
  });

  test('check tells which numbers are wrong, and rebuild mends them, of the shop that is named alone', async () => {
    await app.database.query(`select set_config('search_path', '${schema}', false), ${schema}.fold_order_figures()`);
    await corrupt(schema);
    const { code, output } = await statistics('check', '--tenant', 'milliways inc');
    expect(code).toBe(1);
    expect(output).toMatch(
      /^milliways inc: \d+ numbers are not those of the orders; "pier2 statistics rebuild --tenant "milliways inc"" mends them\.\n/,
    );
    expect(output).toMatch(/│ BILLING_ZIP +│ \S+ +│ \d+ +│ \d+ +│/);
    expect(output).toMatch(/│ SHIPPING_ZIP +│ NOWHERE +│ 2 +│ 0 +│/);
    expect(output).toMatch(/│ IN_STORE_TIME +│ 64 days from \d{4}-\d\d-\d\d, 01:30 +│ 42 +│ 0 +│/);

    expect((await statistics('check')).code).toBe(0);
    const all = await statistics('check', '--all', '--json');
    expect(all.code).toBe(1);
    const found: { tenant: string; differences: unknown[] }[] = JSON.parse(all.output);
    const of = (name: string) => found.find(({ tenant }) => tenant === name)!.differences;
    expect(found).toHaveLength(2);
    expect(of('default')).toEqual([]);
    expect(of('Milliways Inc')).toContainEqual({ figure: 'SHIPPING_ZIP', key: 'NOWHERE', kept: 2, counted: 0 });

    expect(await statistics('rebuild', '--tenant', 'Milliways Inc')).toEqual({
      code: 0,
      output: 'Milliways Inc: counted anew.\n',
    });
    expect((await statistics('check', '--all')).code).toBe(0);
    expect(await differences(app.database, schema)).toEqual([]);
  }, 60_000);

  test('check finds a customer whose purchases are not kept', async () => {
    await place(app, pickedUp);
    await app.database.query('select fold_order_figures()');
    const [customer] = await app.database.query<{ key: string; count: number }>(
      `delete from order_figures where figure = 'IN_STORE_CUSTOMER' returning key, count`,
    );
    const { output } = await statistics('check', '--json');
    expect(JSON.parse(output)[0].differences).toContainEqual({
      figure: 'IN_STORE_CUSTOMER',
      key: customer!.key,
      kept: 0,
      counted: customer!.count,
    });
    await statistics('rebuild', '--all');
    await expectFiguresOfOrders(app, app.database);
  }, 30_000);

  test('rebuild counts each order once that is placed meanwhile', async () => {
    await app.database.query('update stock_levels set on_hand = 1000000');
    await app.database.query(`
      insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, placed_at, currency_code)
      select gen_random_uuid(), o.customer_id, o.billing_address_id, o.store_id, 'PICK_UP', o.placed_at + n * interval '1 minute', 'USD'
      from (select * from orders where fulfilment = 'PICK_UP' limit 1) o, generate_series(1, 20000) n`);
    let placing = true;
    const placed = Promise.all(
      [1, 2, 3].map(async () => {
        let count = 0;
        for (; placing; count += 1) {
          await place(app, pickedUp);
        }
        return count;
      }),
    );
    for (let time = 0; time < 3; time += 1) {
      expect((await statistics('rebuild')).code).toBe(0);
      expect(await differences(app.database)).toEqual([]);
    }
    placing = false;
    expect(Math.min(...(await placed))).toBeGreaterThan(0);
    await expectFiguresOfOrders(app, app.database);
  }, 60_000);

  test.each([
    [
      ['check', '--tenant', 'Krikkit'],
      'There is no shop "Krikkit"; check --tenant, or leave it out for the default one.\n',
    ],
    [
      ['rebuild', '--tenant', 'platform'],
      'The platform has no orders; name a shop, or leave --tenant out for the default one.\n',
    ],
    [['check', '--tenant', 'a', '--all'], '--tenant names one shop and --all means all; give one of them.\n'],
  ])('%j ends with one sentence', async (args, sentence) => {
    expect(await statistics(...args)).toEqual({ code: 1, output: sentence });
  });

  test('tells of a shop that is not up to date, and goes on with the others', async () => {
    await app.database.query(`alter table ${schema}.order_figures rename to elsewhere`);
    const { code, output } = await statistics('check', '--all');
    expect([code, output.split('\n').sort()]).toEqual([
      1,
      [
        '',
        'Milliways Inc: The database has no tables of this version; run "npx mikro-orm migration:up" first.',
        'default: all figures are those of the orders.',
      ],
    ]);
    await app.database.query(`alter table ${schema}.elsewhere rename to order_figures`);
  });
});
