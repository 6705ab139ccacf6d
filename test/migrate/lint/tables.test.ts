import { describe, expect, test } from '@jest/globals';
import { askServer, expectClean, expectFinding } from './harness.js';

askServer();

const newTable = 'create table notes (id uuid primary key, note text); ';

describe('drop-table', () => {
  test('finds a table or view in use', async () => {
    await expectFinding('drop-table', 'drop table orders');
    await expectFinding('drop-table', 'drop view names', { before: 'create view names as select name from stores;' });
    await expectFinding('drop-table', 'drop materialized view names', {
      before: 'create materialized view names as select name from stores;',
    });
    await expectClean(`${newTable}drop table notes`);
  });
});

test('A table is new when the migration made it, under whichever name, and was not there', async () => {
  await expectClean(`${newTable}alter table notes rename to remarks; create index on remarks (note)`);
  await expectFinding('add-index', 'create table if not exists orders (id uuid); create index on orders (note)');
});

describe('rename-table', () => {
  test('finds it for a table in use', async () => {
    await expectFinding('rename-table', 'alter table orders rename to purchases');
    await expectFinding('rename-table', 'alter table orders set schema public');
    await expectClean(`${newTable}alter table notes rename to remarks`);
  });
});

describe('drop-cascade', () => {
  test('finds CASCADE', async () => {
    await expectFinding(['drop-table', 'drop-cascade'], 'drop table customers cascade');
    await expectFinding(['drop-column', 'drop-cascade'], 'alter table orders drop note cascade');
  });
});

describe('truncate', () => {
  test('finds it, and names what CASCADE reaches', async () => {
    await expectFinding('truncate', 'truncate orders');
    const [finding] = await expectFinding('truncate', 'truncate customers cascade');
    expect(finding!.message).toContain('such as "orders"');
    await expectClean(`${newTable}truncate notes`);
  });
});

describe('unlogged', () => {
  test('finds it', async () => {
    await expectFinding('unlogged', 'create unlogged table notes (id uuid primary key)');
    await expectFinding('unlogged', 'create unlogged table notes as select id from orders');
    await expectFinding('unlogged', 'alter table orders set unlogged');
    await expectFinding('unlogged', 'alter table notes set logged', {
      before: 'create unlogged table notes (id uuid primary key); insert into notes values (gen_random_uuid());',
    });
  });
});

describe('move-table', () => {
  test('finds it', async () => {
    const withoutServer = 'it has one tablespace and one access method';
    await expectFinding('move-table', 'alter table orders set tablespace fast', { withoutServer });
    await expectFinding('move-table', 'alter table orders set access method columns', { withoutServer });
    await expectClean('alter table orders set (fillfactor = 80), alter note set statistics 500');
  });
});

describe('vacuum-full', () => {
  test('finds it, and is content with plain VACUUM', async () => {
    const alone = { isTransactional: false };
    await expectFinding('vacuum-full', 'vacuum full orders', alone);
    await expectFinding('vacuum-full', 'vacuum (analyze, full) orders', alone);
    await expectClean('vacuum (full false) orders', alone);
  });
});

describe('cluster', () => {
  test('finds it', async () => {
    await expectFinding('cluster', 'cluster orders using orders_store_index');
    await expectFinding('cluster', 'cluster', { isTransactional: false });
  });
});

describe('refresh-view', () => {
  const before =
    'create materialized view totals as select number from orders; create unique index on totals (number);';

  test('finds it without CONCURRENTLY', async () => {
    await expectFinding('refresh-view', 'refresh materialized view totals', { before });
    await expectClean('refresh materialized view concurrently totals', { before });
  });
});

describe('bulk-write', () => {
  test('finds what changes any number of rows', async () => {
    await expectFinding('bulk-write', `update orders set note = ''`);
    await expectFinding('bulk-write', `update orders set note = '' where state = 'OPEN'`);
    await expectFinding(
      'bulk-write',
      `update orders set note = '' where id in (select id from orders where number = 1)`,
    );
    await expectFinding('bulk-write', 'delete from orders using stores where store_id = stores.id');
    await expectFinding(
      'bulk-write',
      'merge into orders using stores on store_id = stores.id when matched then delete',
    );
    await expectFinding('bulk-write', `update orders o set note = '' where o.id = o.store_id`);
  });

  test('is content with a batch, with rows that are named by their key, and with a new table', async () => {
    await expectClean(`update orders set note = '' where id in (select id from orders where note is null limit 1000)`);
    await expectClean('delete from orders where ctid = any (array(select ctid from orders limit 1000))');
    await expectClean(`update orders o set note = '' where o.id = '01941f29-7c00-7000-8000-000000000001'`);
    await expectClean(`delete from stores where name <> 'x' and id in ('01941f29-7c00-7000-8000-000000000001')`);
    await expectClean(`${newTable}insert into notes select id, note from orders; update notes set note = ''`);
  });

  test('looks into DO blocks', async () => {
    await expectFinding('bulk-write', `do $$ begin if true then update orders set note = ''; end if; end $$`);
  });
});

describe('dynamic-sql', () => {
  test('finds a block that builds its SQL', async () => {
    await expectFinding('dynamic-sql', `do $$ begin execute format('comment on table %I is null', 'orders'); end $$`, {
      withoutServer: 'nothing can be foretold',
    });
    await expectFinding('dynamic-sql', `do language plperl 'return 1;'`, { withoutServer: 'it has no Perl' });
    await expectClean(`do $$ begin comment on table orders is 'x'; end $$`);
  });
});

describe('create-partition', () => {
  const before = `create table visits (at date not null) partition by range (at);
    create table visits_first partition of visits for values from ('2025-01-01') to ('2026-01-01');
    insert into visits values ('2025-06-01');`;

  test('finds one that is made within its table', async () => {
    const bounds = `for values from ('2026-01-01') to ('2027-01-01')`;
    await expectFinding('create-partition', `create table visits_2026 partition of visits ${bounds}`, { before });
    await expectClean(
      `create table visits_2026 (like visits); alter table visits attach partition visits_2026 ${bounds}`,
      {
        before,
      },
    );
    await expectClean(before);
  });

  test('What is done to the table is done to its partitions', async () => {
    await expectFinding('add-check', `alter table visits add check (at > '2000-01-01')`, { before });
  });
});

describe('attach-partition', () => {
  const before = `create table visits (at date not null) partition by range (at);
    create table visits_2026 (at date not null); insert into visits_2026 values ('2026-06-01');`;
  const attach = `alter table visits attach partition visits_2026 for values from ('2026-01-01') to ('2027-01-01')`;
  const check = `alter table visits_2026 add constraint visits_2026_check
    check (at is not null and at >= '2026-01-01' and at < '2027-01-01')`;

  test('finds it without a check that says what the table holds', async () => {
    await expectFinding('attach-partition', attach, { before });
    await expectFinding('attach-partition', attach, { before: `${before}${check} not valid;` });
    await expectClean(attach, { before: `${before}${check};` });
  });
});

describe('detach-partition', () => {
  const before = `create table visits (at date) partition by range (at);
    create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01');`;

  test('finds it without CONCURRENTLY', async () => {
    await expectFinding('detach-partition', 'alter table visits detach partition visits_2026', { before });
    await expectClean('alter table visits detach partition visits_2026 concurrently', {
      before,
      isTransactional: false,
    });
  });
});

describe('rename-type', () => {
  const before = `create type channel as enum ('WEB', 'PHONE');`;

  test('finds a type or a value that gets another name or goes', async () => {
    await expectFinding('rename-type', `alter type channel rename value 'PHONE' to 'TELEPHONE'`, { before });
    await expectFinding('rename-type', 'alter type channel rename to way', { before });
    await expectFinding('rename-type', 'drop type channel', { before });
    await expectClean(`${before}alter type channel rename to way`);
  });
});

describe('use-new-enum-value', () => {
  const before = `create type channel as enum ('WEB'); alter table orders add channel channel;`;
  const use = `update orders set channel = 'PHONE' where id = '01941f29-7c00-7000-8000-000000000001'`;

  test('finds a value that is used in the transaction that adds it', async () => {
    await expectFinding('use-new-enum-value', `alter type channel add value 'PHONE'; ${use}`, {
      before,
      fails: /unsafe use of new value/,
    });
  });

  test('is content in another transaction, with other values, and with a new type', async () => {
    await expectClean(use, { before: `${before}alter type channel add value 'PHONE';` });
    await expectClean(`alter type channel add value 'PHONE'; ${use}`, { before, isTransactional: false });
    await expectClean(`alter type channel add value 'PHONE'; ${use.replace('PHONE', 'WEB')}`, { before });
    await expectClean(`create type way as enum ('WEB'); alter type way add value 'PHONE'; select 'PHONE'::way`);
  });
});
