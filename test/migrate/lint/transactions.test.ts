import { describe, expect, test } from '@jest/globals';
import { askServer, expectClean, expectFinding } from './harness.js';

askServer();

describe('behind-exclusive-lock', () => {
  test('finds a second table that is waited for, once', async () => {
    const [finding] = await expectFinding(
      'behind-exclusive-lock',
      'alter table orders add a text; alter table stores add b text; alter table customers add c text',
    );
    expect(finding!.message).toBe('Nobody can use "orders" while this waits for "stores".');
  });

  test('finds rows that are gone through meanwhile', async () => {
    await expectFinding(
      ['bulk-write', 'behind-exclusive-lock'],
      `alter table orders add channel text; update orders set channel = 'WEB'`,
    );
    await expectFinding(
      'behind-exclusive-lock',
      `alter table orders add channel text; delete from stores where id in (select id from stores limit 10)`,
    );
  });

  test('is content with a moment’s work, with the strongest lock last, with new tables, and without a transaction', async () => {
    await expectClean('alter table orders add a text; alter table orders alter a set default 1; select 1');
    await expectClean(`insert into stores values (gen_random_uuid(), 'x'); alter table orders add a text`);
    await expectClean(`alter table orders add a text; create table notes (id uuid primary key); create index on notes (id);
      insert into notes values (gen_random_uuid())`);
    await expectClean('alter table orders add a text; alter table stores add b text', { isTransactional: false });
  });
});

describe('missing-lock-timeout', () => {
  test('is the runner’s, whose limit a migration should leave alone', async () => {
    await expectClean('alter table orders add a text');
    await expectClean(`set local lock_timeout = '1s'; alter table orders add a text`);
    for (const set of [
      'set lock_timeout = 0',
      `set local lock_timeout = '0ms'`,
      'reset lock_timeout',
      'set lock_timeout to default',
    ]) {
      await expectFinding('missing-lock-timeout', `${set}; alter table orders add a text`);
    }
    await expectFinding(['missing-lock-timeout', 'search-path'], 'reset all');
  });

  test('is the migration’s where MikroORM runs it', async () => {
    const runner = 'mikro-orm';
    await expectFinding('missing-lock-timeout', 'alter table orders add a text; alter table orders add b text', {
      runner,
    });
    await expectClean(`set local lock_timeout = '2s'; alter table orders add a text`, { runner });
    await expectClean(`insert into stores values (gen_random_uuid(), 'x'); create table notes (id uuid)`, { runner });
  });
});

describe('explicit-lock', () => {
  test('finds what keeps others from writing', async () => {
    await expectFinding('explicit-lock', 'lock table orders, stores');
    await expectFinding('explicit-lock', 'lock table orders in share row exclusive mode');
    await expectClean('lock table orders in row share mode');
    await expectClean('create table notes (id uuid); lock table notes');
  });
});

describe('transaction-control', () => {
  test('finds it, and is content with savepoints', async () => {
    const withoutServer = 'it would end the test’s own transaction';
    await expectFinding('transaction-control', 'commit', { withoutServer });
    await expectFinding(['transaction-control', 'transaction-control'], 'begin; select 1; rollback', { withoutServer });
    await expectClean('savepoint a; select 1; release a');
  });
});

describe('change-trigger', () => {
  const before = `create function f() returns trigger language plpgsql as 'begin return null; end';`;
  const create = 'create trigger t after insert on orders for each row execute function f()';

  test('finds one that is made, dropped or switched', async () => {
    await expectFinding('change-trigger', create, { before });
    await expectFinding('change-trigger', 'drop trigger t on orders', { before: `${before}${create};` });
    await expectFinding('change-trigger', 'alter table orders disable trigger t', { before: `${before}${create};` });
    await expectFinding('change-trigger', 'alter table orders enable trigger user');
    await expectFinding('change-trigger', 'create rule r as on delete to orders do instead nothing');
  });

  test('is content with a new table, and with another function', async () => {
    await expectClean(`create table notes (id uuid); ${create.replace('orders', 'notes')}`, { before });
    await expectClean(before.replace('create', 'create or replace'), { before });
  });
});

describe('change-row-security', () => {
  test('finds it', async () => {
    await expectFinding('change-row-security', 'alter table orders enable row level security');
    await expectFinding('change-row-security', 'alter table orders force row level security');
    await expectClean('create table notes (id uuid); alter table notes enable row level security');
  });
});

describe('change-policy', () => {
  const create = 'create policy p on orders using (true)';

  test('finds one that is made, changed or dropped', async () => {
    await expectFinding('change-policy', create);
    await expectFinding('change-policy', 'alter policy p on orders using (false)', { before: `${create};` });
    await expectFinding('change-policy', 'drop policy p on orders', { before: `${create};` });
    await expectClean(`create table notes (id uuid); ${create.replace('orders', 'notes')}`);
  });
});

describe('long-identifier', () => {
  test('finds a name that PostgreSQL would cut off', async () => {
    const name = 'a'.repeat(63);
    await expectFinding('long-identifier', `alter table orders add ${name}a text`);
    await expectFinding('long-identifier', `alter table orders add "${'é'.repeat(32)}" text`);
    await expectClean(`alter table orders add ${name} text`);
  });
});

describe('newer-postgresql', () => {
  test('finds what installations with an older PostgreSQL do not know', async () => {
    await expectFinding('newer-postgresql', 'alter table orders alter note set default uuidv7()::text');
    await expectFinding(
      'newer-postgresql',
      'create table rooms (room int, during daterange, primary key (room, during without overlaps))',
      { withoutServer: 'it needs an extension' },
    );
    await expectClean('alter table orders alter note set default gen_random_uuid()::text');
  });
});
