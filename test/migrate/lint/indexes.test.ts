import { describe, test } from '@jest/globals';
import { askServer, expectClean, expectFinding } from './harness.js';

askServer();

const alone = { isTransactional: false };

describe('add-index', () => {
  test('finds an index of a table in use', async () => {
    await expectFinding('add-index', 'create index on orders (note)');
    await expectFinding(
      'add-index',
      'create unique index orders_note_unique on orders (lower(note)) where note is not null',
    );
    await expectFinding('add-index', 'create index if not exists orders_note_index on orders using brin (placed_at)');
  });

  test('is content with CONCURRENTLY, and with a new table', async () => {
    await expectClean('create index concurrently orders_note_index on orders (note)', alone);
    await expectClean('create table notes (id uuid primary key, note text); create index on notes (note)');
    await expectClean('create table notes as select id, note from orders; create index on notes (note)');
  });
});

describe('concurrently-in-transaction', () => {
  test('finds what PostgreSQL refuses there', async () => {
    const fails = /cannot run inside a transaction block/;
    await expectFinding('concurrently-in-transaction', 'create index concurrently i on orders (note)', { fails });
    await expectFinding('concurrently-in-transaction', 'drop index concurrently orders_store_index', { fails });
    await expectFinding('concurrently-in-transaction', 'reindex table concurrently orders', { fails });
    await expectFinding('concurrently-in-transaction', 'reindex (concurrently) index orders_store_index', { fails });
    await expectFinding(['concurrently-in-transaction', 'reindex'], 'reindex schema tenant', { fails });
    await expectFinding('concurrently-in-transaction', 'vacuum orders', { fails });
  });

  test('finds it beside other statements, where a failure leaves half of them', async () => {
    await expectFinding(
      'concurrently-in-transaction',
      'create index concurrently orders_note_index on orders (note); alter table orders add channel text',
      alone,
    );
  });

  test('is content when it stands alone, and with what only looks like it', async () => {
    await expectClean('reindex table concurrently orders', alone);
    await expectClean('reindex (concurrently true) index orders_store_index', alone);
    await expectClean('vacuum (analyze) orders', alone);
    await expectClean('analyze orders');
    await expectClean('refresh materialized view concurrently totals', {
      before: 'create materialized view totals as select number from orders; create unique index on totals (number);',
    });
  });
});

describe('drop-index', () => {
  test('finds it for a table in use, also where none knows which', async () => {
    await expectFinding('drop-index', 'drop index orders_store_index');
    await expectFinding('drop-index', 'drop index if exists unknown_index');
  });

  test('is content with CONCURRENTLY, and with a new table', async () => {
    await expectClean('drop index concurrently orders_store_index', alone);
    await expectClean(
      'create table notes (id uuid primary key, note text); create index notes_index on notes (note); drop index notes_index',
    );
  });
});

describe('reindex', () => {
  test('finds it without CONCURRENTLY', async () => {
    await expectFinding('reindex', 'reindex index unknown_index', { withoutServer: 'there is none' });
    await expectFinding('reindex', 'reindex table orders');
    await expectFinding('reindex', 'reindex index orders_store_index');
    await expectFinding('reindex', 'reindex (concurrently false) table orders');
  });
});

test('To rename an index locks no table', async () => {
  await expectClean('alter index orders_store_index rename to orders_shop_index');
});
