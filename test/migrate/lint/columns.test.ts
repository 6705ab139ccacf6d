import { describe, expect, test } from '@jest/globals';
import { askServer, expectClean, expectFinding } from './harness.js';

askServer();

const newTable = 'create table notes (id uuid primary key, note text); ';

describe('add-required-column', () => {
  test('finds one without a value for the rows that there are', async () => {
    const fails = /contains null values/;
    await expectFinding('add-required-column', 'alter table orders add channel text not null', { fails });
    await expectFinding(['add-primary-key', 'add-required-column'], 'alter table orders add other uuid primary key', {
      fails: /multiple primary keys/,
    });
  });

  test('is content with a default, with null, and with a new table', async () => {
    await expectClean(`alter table orders add channel text not null default 'WEB'`);
    await expectClean('alter table orders add channel text');
    await expectClean(`${newTable}alter table notes add channel text not null`);
  });
});

describe('add-volatile-default', () => {
  test('finds what is another value for each row', async () => {
    await expectFinding('add-volatile-default', 'alter table orders add token uuid default gen_random_uuid()');
    await expectFinding('add-volatile-default', 'alter table orders add at timestamptz default clock_timestamp()');
    await expectFinding('add-volatile-default', `alter table orders add draw text default 'n' || random()`);
    await expectFinding('add-volatile-default', `alter table orders add n int default nextval('numbers')`, {
      before: 'create sequence numbers;',
    });
  });

  test('knows functions that migrations made', async () => {
    const draw = (kind: string) =>
      `create function draw() returns int language plpgsql ${kind} as 'begin return 1; end';`;
    const add = 'alter table orders add n int default draw()';
    await expectFinding('add-volatile-default', add, { before: draw('') });
    await expectClean(add, { before: draw('stable') });
  });

  test('finds a domain that checks each value', async () => {
    const before = `create domain sku as text check (value <> ''); create domain name as text;`;
    await expectFinding('add-volatile-default', 'alter table orders add sku sku', { before });
    await expectClean('alter table orders add name name', { before });
  });

  test('is content with one value for all rows, worked out once', async () => {
    await expectClean('alter table orders add at timestamptz not null default now()');
    await expectClean('alter table orders add at timestamptz default current_timestamp');
    await expectClean('alter table orders add day date default current_date - 1');
    await expectClean(`alter table orders add tags text[] not null default '{}'`);
    await expectClean(`alter table orders add name text default lower('A' || upper('b'))`);
    await expectClean('alter table orders alter note set default gen_random_uuid()::text');
    await expectClean(`${newTable}alter table notes add token uuid default gen_random_uuid()`);
  });
});

describe('add-serial-column', () => {
  test('finds numbers that are drawn row by row', async () => {
    await expectFinding('add-serial-column', 'alter table orders add n serial');
    await expectFinding('add-serial-column', 'alter table orders add n bigserial not null');
    await expectFinding('add-serial-column', 'alter table orders add n bigint generated always as identity');
    await expectClean(`${newTable}alter table notes add n serial`);
  });
});

describe('add-stored-column', () => {
  test('finds one of a table in use', async () => {
    const add = 'add twice numeric generated always as (total * 2) stored';
    await expectFinding('add-stored-column', `alter table orders ${add}`);
    await expectClean(`create table sums (total numeric); alter table sums ${add}`);
  });

  test('is content with one that is worked out when it is read, which only PostgreSQL 18 knows', async () => {
    await expectFinding(
      'newer-postgresql',
      'alter table orders add twice numeric generated always as (total * 2) virtual',
    );
    await expectFinding('newer-postgresql', 'alter table orders add twice numeric generated always as (total * 2)');
  });
});

describe('change-generated-column', () => {
  test('finds it', async () => {
    await expectFinding(
      ['change-generated-column', 'newer-postgresql'],
      'alter table orders alter twice set expression as (total + total)',
      {
        before: 'alter table orders add twice numeric generated always as (total * 2) stored;',
      },
    );
  });
});

describe('change-column-type', () => {
  test('finds a type for which the rows are written anew', async () => {
    const [finding] = await expectFinding('change-column-type', 'alter table orders alter number type bigint');
    expect(finding).toMatchObject({
      message: expect.stringContaining('"number" of "orders" goes from int4 to int8'),
      lock: 'ACCESS EXCLUSIVE',
      table: 'orders',
      rewrites: true,
    });
    await expectFinding('change-column-type', 'alter table orders alter note type varchar(50)');
  });

  test('finds a check that is made on all rows again, though they are kept', async () => {
    const [finding] = await expectFinding('change-column-type', 'alter table orders alter total type numeric(12, 2)');
    expect(finding!.message).toContain('by "orders_total_check"');
  });

  test('says that it cannot tell when no migration says which type it was', async () => {
    const [finding] = await expectFinding('change-column-type', 'alter table visits alter at type date', {
      withoutServer: 'there is no such table',
    });
    expect(finding!.message).toContain('No migration says');
  });

  test('follows the type through the statements before', async () => {
    await expectClean('alter table orders alter note type varchar(150)');
    await expectFinding('change-column-type', 'alter table orders alter note type varchar(150)', {
      before: 'alter table orders alter note type varchar(200);',
    });
    await expectClean('alter table orders alter remark type text', {
      before: 'alter table orders rename note to remark;',
    });
  });

  test('follows what USING does', async () => {
    await expectClean('alter table orders alter note type text using note::varchar(300)');
    await expectClean('alter table orders alter note type varchar(300) using note::varchar(200)::varchar(300)');
    await expectFinding('change-column-type', 'alter table orders alter note type varchar(300) using note::text');
    await expectFinding('change-column-type', 'alter table orders alter note type text using trim(note)');
    await expectFinding('change-column-type', 'alter table orders alter note type text using state');
  });

  test('is content with a new table', async () => {
    await expectClean(`${newTable}alter table notes alter note type varchar(10)`);
  });
});

describe('drop-column', () => {
  test('finds it in a table in use', async () => {
    await expectFinding('drop-column', 'alter table orders drop column note');
    await expectFinding(['drop-column', 'drop-column'], 'alter table orders drop note, drop if exists customer_id');
    await expectClean(`${newTable}alter table notes drop note`);
  });
});

describe('drop-not-null', () => {
  test('finds it in a table in use', async () => {
    await expectFinding('drop-not-null', 'alter table orders alter number drop not null');
    await expectClean(`create table notes (note text not null); alter table notes alter note drop not null`);
  });
});

describe('rename-column', () => {
  test('finds it in a table in use', async () => {
    await expectFinding('rename-column', 'alter table orders rename note to remark');
    await expectClean(`${newTable}alter table notes rename column note to remark`);
    await expectClean('alter table orders rename constraint orders_total_check to orders_sum_check');
  });
});

describe('json-column', () => {
  test('finds json, and is content with jsonb', async () => {
    await expectFinding('json-column', 'alter table orders add details json');
    await expectClean('alter table orders add details jsonb');
  });
});
