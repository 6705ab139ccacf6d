import fc from 'fast-check';
import type { MetadataStorage } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { type Cloned, type CloneOptions, cloneTenant } from '../../src/backup/clone/clone-tenant.js';
import { bulkKinds } from '../../src/bulk/bulk-kind.js';
import { runtimeOptions } from '../../src/database/orm.options.js';
import { ReadPool } from '../../src/database/reader.js';
import { Transactions } from '../../src/database/transactions.js';
import { platformEntities, tenantEntities } from '../../src/entities.js';
import { TenantOperations } from '../../src/tenant-operations.js';
import { hostileShop } from '../bulk/hostile-shop.js';
import { place, shipped } from '../orders/order-fixtures.js';
import type { Caller, Payload, TestApp } from '../support/app.js';
import { importLines } from '../support/bulk.js';
import type { TestDatabase } from '../support/database.js';

/** Clones shops of a database without a command. */
export interface Cloner {
  clone(source: string, options: Partial<CloneOptions> & { name: string }): Promise<Cloned & { schema: string }>;
  metadata: MetadataStorage;
  close(): Promise<void>;
}

export async function startCloner({ url, query }: TestDatabase): Promise<Cloner> {
  const orm = await MikroORM.init(
    runtimeOptions({
      url,
      poolMax: 2,
      statementTimeout: 30_000,
      preparedStatements: 100,
      entities: [...platformEntities, ...tenantEntities],
    }),
  );
  const operations = new TenantOperations(url, { folder: 'nowhere', keys: { recipients: [], identities: [] } });
  const reads = ReadPool.of(orm);
  const transact = new Transactions(orm, reads).of('platform', { name: 'pier2 tenants', user: null });
  const tools = { url, reader: reads.reader('platform'), transact, buildTables: operations.buildTables };
  return {
    metadata: orm.getMetadata(),
    clone: async (name, options) => {
      const [source] = await query<CloneOptions['source']>('select id, schema from platform.tenants where name = $1', [
        name,
      ]);
      const cloned = await cloneTenant(tools, { source: source!, anonymise: false, ...options });
      const [made] = await query<{ schema: string }>('select schema from platform.tenants where id = $1', [cloned.id]);
      return { ...cloned, ...made! };
    },
    close: async () => {
      await Promise.all([operations.close(), orm.close(true)]);
    },
  };
}

/** A word that stands in what is personal alone. */
export const mark = 'Zarquon';

/** Changes something, which must succeed, and gives what is asked of it. */
async function change(
  { change: send }: Pick<Caller, 'change'>,
  ...args: Parameters<Caller['change']>
): Promise<Payload> {
  const answer = await send(...args);
  if (answer.userErrors.length > 0) {
    throw new Error(`${args[0]} was refused: ${JSON.stringify(answer.userErrors)}`);
  }
  return answer;
}

/** Puts into the sample shop what people, their past and what is said of them look like, marked, and a shop of hostile values. */
export async function fillShop(app: TestApp): Promise<void> {
  await fillPeople(app);
  await fillTasks(app);
  // Pending, since nobody receives it.
  await change(app, 'createWebhook', { url: 'http://127.0.0.1:9/hook', eventTypes: [] });
  await place(app, { idempotencyKey: `${mark} key` });
  // A reset of a password that waits for its mail.
  await change(app, 'requestPasswordReset', { email: 'clerk@pier2.example' });
  const [shop] = fc.sample(hostileShop, { numRuns: 1, seed: 42 });
  for (const kind of bulkKinds) {
    await importLines(app.database, kind, shop![kind], { actor: `Import ${mark}` });
  }
}

const address = (line1: string) => ({
  line1,
  line2: `${mark} Flat`,
  city: 'London',
  zipCode: 'N1 0AA',
  countryCode: 'GB',
});

async function fillPeople(app: TestApp): Promise<void> {
  const person = async (number: number) => {
    const input = {
      email: `Person.${number}@${mark}.example`,
      telephone: `+44 1632 96${1000 + number}`,
      firstName: `Given${mark}`,
      lastName: `Family${mark}${number}`,
    };
    const { customer } = await change(app, 'createCustomer', input, 'customer { id }');
    return customer.id as string;
  };
  const [one, two, three] = [await person(1), await person(2), await person(3)];
  await change(app, 'updateCustomer', { id: one, email: `Later.1@${mark}.example`, firstName: `Other${mark}` });
  await change(app, 'addCustomerAddress', { customerId: one, kind: 'BILLING', address: address(`1 ${mark} Street`) });
  await change(app, 'addCustomerAddress', { customerId: two, kind: 'SHIPPING', address: address(`2 ${mark} Street`) });
  const { id: order } = await place(app, {
    ...shipped,
    customer: { id: one },
    billingAddress: { newAddress: address(`3 ${mark} Street`) },
    shipments: [{ newAddress: address(`4 ${mark} Street`) }],
  });
  await change(app, 'cancelOrder', { id: order, reason: `${mark} said that he had moved to another place` });
  await change(app, 'mergeCustomers', { survivorId: one, duplicateId: two });
  await change(app, 'eraseCustomer', { id: three, confirm: true });
  await change(await app.named(`Clerk ${mark}`), 'updateCustomer', { id: one, lastName: `Third${mark}` });
}

async function fillTasks(app: TestApp): Promise<void> {
  const { task } = await change(
    app,
    'createTask',
    { title: `Call ${mark}`, text: `${mark} wants his towel back, all of it.`, tags: [mark, 'towel'] },
    'task { id }',
  );
  await change(app, 'updateTask', { id: task.id, title: `Call ${mark} again`, tags: [`${mark}-2`] });
  const gone = await change(app, 'createTask', { title: `Forget ${mark}` }, 'task { id }');
  await change(app, 'deleteTask', { id: gone.task.id });
}
