import type pg from 'pg';

/** The triggers that count orders as they are added, and their tables. */
const countingTriggers = [
  { table: 'orders', trigger: 'count_orders_insert' },
  { table: 'order_shipping_addresses', trigger: 'count_shipping_insert' },
];

/**
 * Does work in a transaction without counting each order that it adds, and counts all of the schema's orders once at its
 * end. What a transaction counts bit by bit leaves rows behind that it cannot clear away, and looks at them with each bit.
 * Nobody else can write orders from here to the end of the transaction.
 */
export async function countingOnce(client: pg.Client, schema: string, work: () => Promise<void>): Promise<void> {
  const switchTriggers = async (to: 'disable' | 'enable') => {
    for (const { table, trigger } of countingTriggers) {
      await client.query(`alter table ${client.escapeIdentifier(schema)}.${table} ${to} trigger ${trigger}`);
    }
  };
  await switchTriggers('disable');
  await work();
  await switchTriggers('enable');
  // The function works where it is called.
  await client.query(`select set_config('search_path', $1, true)`, [client.escapeIdentifier(schema)]);
  await client.query('select rebuild_order_figures()');
}
