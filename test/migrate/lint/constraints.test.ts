import { describe, expect, test } from '@jest/globals';
import { askServer, expectClean, expectFinding } from './harness.js';

askServer();

const newTable = 'create table notes (id uuid, note text, order_id uuid); ';
const tableInUse = `${newTable}insert into notes values (gen_random_uuid(), 'note');`;

describe('add-unique', () => {
  test('finds one without an index made beforehand', async () => {
    await expectFinding('add-unique', 'alter table stores add constraint stores_code_unique unique (code)');
    await expectFinding('add-unique', 'alter table stores add unique nulls not distinct (code, name)');
    await expectFinding('add-unique', 'alter table stores add sign text unique');
  });

  test('is content with an index made beforehand, and with a new table', async () => {
    await expectClean('alter table stores add constraint stores_code_unique unique using index stores_code_unique', {
      before: 'create unique index stores_code_unique on stores (code);',
    });
    await expectClean(`${newTable}alter table notes add constraint notes_note_unique unique (note)`);
  });
});

describe('add-primary-key', () => {
  test('finds one without an index made beforehand', async () => {
    await expectFinding('add-primary-key', 'alter table notes add primary key (id)', { before: tableInUse });
  });

  test('finds one by an index over a column that may be null', async () => {
    const before = `${tableInUse}create unique index notes_key on notes (id);`;
    await expectFinding('add-primary-key', 'alter table notes add primary key using index notes_key', { before });
    await expectClean('alter table notes add primary key using index notes_key', {
      before: `${before}alter table notes add constraint c check (id is not null and note <> '');`,
    });
  });

  test('is content with a new table', async () => {
    await expectClean(`${newTable}alter table notes add primary key (id)`);
  });
});

describe('add-exclusion', () => {
  const before = `create table bookings (during tstzrange); insert into bookings values ('[now,infinity]');`;
  const add = 'alter table bookings add constraint bookings_once exclude using gist (during with &&)';

  test('finds one of a table in use', async () => {
    await expectFinding('add-exclusion', add, { before });
    await expectClean(before + add);
  });
});

describe('add-foreign-key', () => {
  const add = 'alter table orders add constraint orders_store foreign key (store_id) references stores';

  test('finds one without NOT VALID', async () => {
    await expectFinding('add-foreign-key', add);
    await expectFinding(
      'add-foreign-key',
      `alter table orders add shop uuid default '01941f29-7c00-7000-8000-000000000001' references stores`,
      { fails: /violates foreign key/ },
    );
  });

  test('is content with NOT VALID, with a new column of nulls, and with a new table', async () => {
    await expectClean(`${add} not valid`);
    await expectClean('alter table orders add shop uuid references stores');
    await expectClean(`${newTable}alter table notes add foreign key (order_id) references orders`);
    await expectClean('create table notes (id uuid primary key, order_id uuid references orders)');
  });
});

describe('add-check', () => {
  test('finds one without NOT VALID', async () => {
    await expectFinding('add-check', `alter table orders add constraint orders_note_check check (note <> '')`);
    await expectFinding('add-check', `alter table orders add channel text default 'WEB' check (channel <> '')`);
  });

  test('is content with NOT VALID, with what is not checked, and with a new table', async () => {
    await expectClean(`alter table orders add constraint orders_note_check check (note <> '') not valid`);
    await expectClean(`${newTable}alter table notes add check (note <> '')`);
  });
});

describe('validate-in-same-transaction', () => {
  const add = `alter table orders add constraint orders_note_check check (note <> '') not valid`;
  const validate = 'alter table orders validate constraint orders_note_check';

  test('finds it', async () => {
    await expectFinding(['validate-in-same-transaction', 'behind-exclusive-lock'], `${add}; ${validate}`);
    await expectFinding(
      'validate-in-same-transaction',
      `alter table orders add constraint c foreign key (store_id) references stores not valid, validate constraint c`,
    );
  });

  test('is content when the two are of different migrations, or transactions', async () => {
    await expectClean(validate, { before: `${add};` });
    await expectClean(`${add}; ${validate}`, { isTransactional: false });
    await expectClean('alter table orders validate constraint orders_store', {
      before: 'alter table orders add constraint orders_store foreign key (store_id) references stores not valid;',
    });
  });
});

describe('set-not-null', () => {
  const set = 'alter table orders alter note set not null';
  const check = 'alter table orders add constraint orders_note_not_null check (note is not null)';

  test('finds it without a check that says so', async () => {
    await expectFinding('set-not-null', set);
    await expectFinding('set-not-null', set, { before: `${check} not valid;` });
    await expectFinding('set-not-null', set, {
      before: `alter table orders add check (note is not null or state = 'OPEN');`,
    });
    await expectFinding(
      ['set-not-null', 'newer-postgresql'],
      'alter table orders add constraint orders_note_nn not null note',
    );
    // PostgreSQL drops first, so the check proves nothing any more.
    await expectFinding(['set-not-null', 'drop-constraint'], `${set}, drop constraint orders_note_not_null`, {
      before: `${check};`,
    });
  });

  test('is content with a check that was validated', async () => {
    await expectClean(set, { before: `${check};` });
    await expectClean(set, {
      before: `${check} not valid; alter table orders validate constraint orders_note_not_null;`,
    });
    await expectClean(`${set}; alter table orders drop constraint orders_note_not_null`, { before: `${check};` });
    await expectFinding('newer-postgresql', 'alter table orders add constraint orders_note_nn not null note not valid');
    await expectClean('alter table orders alter number set not null');
    await expectClean(`${newTable}alter table notes alter note set not null`);
  });
});

describe('drop-constraint', () => {
  test('finds one that nothing takes the place of', async () => {
    await expectFinding('drop-constraint', 'alter table orders drop constraint orders_total_check');
    const [finding] = await expectFinding(
      'drop-constraint',
      'alter table orders drop constraint if exists orders_customer_id_fkey',
    );
    expect(finding).toMatchObject({ lock: 'ACCESS EXCLUSIVE' });
  });

  test('is content when one of its name is added, or a column that is NOT NULL says the same', async () => {
    await expectClean(`alter table orders drop constraint orders_total_check;
      alter table orders add constraint orders_total_check check (total > 0) not valid`);
    await expectClean('alter table orders drop constraint orders_number', {
      before: 'alter table orders add constraint orders_number check (number is not null);',
    });
  });
});

describe('add-domain-constraint', () => {
  const before = `create domain sku as text; alter table stores add sku sku;`;

  test('finds one that is checked at once', async () => {
    await expectFinding('add-domain-constraint', `alter domain sku add constraint c check (value <> '')`, { before });
    await expectFinding('add-domain-constraint', 'alter domain sku set not null', {
      before: 'create domain sku as text;',
    });
  });

  test('is content with NOT VALID, and with a new domain', async () => {
    await expectClean(`alter domain sku add constraint c check (value <> '') not valid`, { before });
    await expectClean('alter domain sku validate constraint c', {
      before: `${before}alter domain sku add constraint c check (value <> '') not valid;`,
    });
    await expectClean(`create domain sku as text; alter domain sku add check (value <> '')`);
  });
});
