import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { runtimeOptions } from '../../src/database/orm.options.js';
import { type Reader, ReadPool } from '../../src/database/reader.js';
import { attempt, Transactions } from '../../src/database/transactions.js';
import { platformEntities, tenantEntities } from '../../src/entities.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('sample');
});
afterAll(() => database.drop());

let orm: MikroORM;
let reads: ReadPool;
afterEach(() => orm.close(true));

/** Opens the database, and gives the reads of the default tenant. */
async function open({ preparedStatements = 4, poolMax = 1 }): Promise<Reader> {
  const entities = [...platformEntities, ...tenantEntities];
  orm = await MikroORM.init(
    runtimeOptions({ url: database.url, poolMax, statementTimeout: 10_000, preparedStatements, entities }),
  );
  reads = ReadPool.of(orm);
  return reads.reader('public');
}

const transact = () => new Transactions(orm, reads).of('public', { name: 'somebody', user: null });

/** What a connection has prepared besides this question, and how often each was run. */
async function prepared(reader: Reader): Promise<Record<string, number>> {
  const rows = await reader.run<{ statement: string; runs: number }>(
    'select statement, (generic_plans + custom_plans)::int as runs from pg_prepared_statements order by prepare_time',
    [],
  );
  return Object.fromEntries(
    rows.flatMap(({ statement, runs }) => (statement.includes('pg_prepared') ? [] : [[statement, runs]])),
  );
}

const numbered = (number: number) => `select $1::int + ${number} as sum`;
const numbers = Array.from({ length: 50 }, (_, index) => index);

describe('A connection', () => {
  test('keeps the statements prepared that it used latest, and the server forgets the others', async () => {
    const reader = await open({});
    for (const number of numbers) {
      expect(await reader.run(numbered(number), [1])).toEqual([{ sum: number + 1 }]);
      expect(await reader.run('select now()', [])).toHaveLength(1);
    }
    expect(await prepared(reader)).toEqual({ [numbered(48)]: 1, [numbered(49)]: 1, 'select now()': 50 });
  });

  test('prepares again what it had to forget', async () => {
    const reader = await open({});
    for (const number of [...numbers, ...numbers]) {
      expect(await reader.run(numbered(number), [1])).toEqual([{ sum: number + 1 }]);
    }
  });

  test('runs more statements than it keeps, asked for at once in one transaction', async () => {
    await open({ preparedStatements: 2 });
    const sums = await transact()(({ reader }) =>
      Promise.all([...numbers, ...numbers].map(number => reader.run(numbered(number), [number]))),
    );
    expect(sums).toEqual([...numbers, ...numbers].map(number => [{ sum: 2 * number }]));
    const { length } = Object.keys(await prepared(reads.reader('public')));
    expect(length).toBe(1);
  });

  test('goes on after statements that failed within a transaction', async () => {
    await open({ preparedStatements: 2 });
    const failures = await transact()(async transaction => {
      const fail = (text: string, values: unknown[]) =>
        attempt(transaction, () => transaction.reader.run(text, values)).catch((error: Error) => error.message);
      const messages = [];
      for (const number of numbers) {
        messages.push(await fail(`select ${number} from nowhere`, []));
        messages.push(await fail(`select 1 / ($1::int - ${number})`, [number]));
      }
      return messages;
    });
    const both = [expect.stringMatching('nowhere'), expect.stringMatching('division by zero')];
    expect(failures).toEqual(numbers.flatMap(() => both));
    expect(Object.keys(await prepared(reads.reader('public')))).toHaveLength(1);
  });

  test('prepares nothing when it shall keep none', async () => {
    const reader = await open({ preparedStatements: 0 });
    expect(await reader.run(numbered(1), [1])).toEqual([{ sum: 2 }]);
    expect(await reader.run('select name from pg_prepared_statements', [])).toEqual([]);
  });
});

describe('After a migration has changed a column’s type', () => {
  const types = ['varchar(200)', 'text'];
  const stores = 'select name from public.stores order by name';
  const migrate = (type: string) => database.query(`alter table stores alter column name type ${type}`);

  test.each(types)('statements run on all connections (%s)', async type => {
    const reader = await open({ poolMax: 5 });
    const readAtOnce = () => Promise.all(numbers.map(() => reader.run(stores, [])));
    const before = await readAtOnce();
    await migrate(type);
    expect(await readAtOnce()).toEqual(before);
  });

  test.each(types)('transactions run (%s)', async type => {
    await open({});
    const read = () => transact()(({ reader }) => reader.run(stores, []));
    const before = await read();
    await migrate(type);
    expect(await read()).toEqual(before);
    expect(await read()).toEqual(before);
  });
});
