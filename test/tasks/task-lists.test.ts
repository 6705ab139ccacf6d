import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRequire } from 'node:module';
import type { Client } from 'pg';
import { customerId, orderId, sampleTasks } from '../../seeders/sample-data.js';
import { sampleId } from '../../seeders/sample-id.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { connected } from '../support/server.js';
import * as answers from '../support/sample-answers.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const idOf = (number: number) =>
  `Task_${sampleId('task', number, new Date(sampleTasks.find(task => task.number === number)!.createdAt))}`;
const numbersOf = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => Number(id.slice(-12)));

/** The numbers of the sample's tasks that a list gives; each narrowed list has also to count right. */
async function list(args: object): Promise<number[]> {
  const { tasks } = await app.ask(
    `query ($filter: TaskFilter, $sort: TaskSort! = DUE, $direction: SortDirection! = ASC) {
      tasks(filter: $filter, sort: $sort, direction: $direction, first: 100) { nodes { id } totalCount } }`,
    args,
  );
  expect(tasks.totalCount).toBe(tasks.nodes.length);
  return numbersOf(tasks);
}

describe('The tasks', () => {
  test.each([
    ['those that are open, by the day on which they are due', {}, answers.openTasksByDue],
    ['those that are never due first, backwards', { direction: 'DESC' }, answers.openTasksByDue.toReversed()],
    ['by priority', { sort: 'PRIORITY', direction: 'DESC' }, answers.openTasksByPriority],
    ['as they were made', { sort: 'CREATED' }, [3, 4, 5, 6, 7, 8]],
    ['by title', { sort: 'TITLE' }, [8, 5, 4, 6, 3, 7]],
    ['those that are completed', { filter: { state: 'COMPLETED' } }, answers.completedTasks],
    ['those due before a day', { filter: { dueBefore: '2025-12-19' } }, [3]],
    ['those due from a day on, without what is never due', { filter: { dueFrom: '2025-12-19' } }, [4, 7, 5]],
    ['those due within days', { filter: { dueFrom: '2025-12-05', dueBefore: '2025-12-20' } }, [3, 4, 7]],
    ['those with a tag', { filter: { tag: ' store ' } }, [7, 6]],
    ['those with a tag in its own case alone', { filter: { tag: 'Store' } }, []],
    ['those of a priority', { filter: { priority: 'HIGH' } }, [3, 7]],
    ['those about an order', { filter: { orderId: `Order_${orderId(22)}` } }, [4]],
    ['those about a customer', { filter: { customerId: `Customer_${customerId('agrajag')}` } }, [8]],
    [
      'those for which all holds',
      { filter: { tag: 'store', priority: 'LOW', dueFrom: null, state: 'OPEN', unassigned: true } },
      [6],
    ],
    ['all that are open, for nulls', { filter: { tag: null, unassigned: null, assigneeId: null } }, [3, 4, 7, 5, 6, 8]],
  ])('are %s', async (_what, args, numbers) => {
    expect(await list(args)).toEqual(numbers);
  });

  test('are those of somebody, of nobody and of anybody', async () => {
    const [user] = await app.database.query<{ id: string }>(`select id from users where role = 'CLERK'`);
    const assigneeId = `User_${user!.id}`;
    for (const number of [8, 4]) {
      await app.change('assignTask', { id: idOf(number), assigneeId });
    }
    expect(await list({ filter: { assigneeId } })).toEqual([4, 8]);
    expect(await list({ filter: { assigneeId }, sort: 'PRIORITY' })).toEqual([8, 4]);
    expect(await list({ filter: { unassigned: false } })).toEqual([4, 8]);
    expect(await list({ filter: { unassigned: true } })).toEqual([3, 7, 5, 6]);
    expect(await list({ filter: { assigneeId, unassigned: true } })).toEqual([]);
    const { node } = await app.ask(
      'query ($id: ID!) { node(id: $id) { ... on User { tasks { nodes { id } totalCount } } } }',
      { id: assigneeId },
    );
    expect([numbersOf(node.tasks), node.tasks.totalCount]).toEqual([[4, 8], 2]);
  });

  test('of an order or a customer are all of them, or those of a state', async () => {
    const { order, customer } = await app.ask(
      `query ($order: ID!, $customer: ID!) {
        order(id: $order) { all: tasks { nodes { id } } open: tasks(state: OPEN) { nodes { id } } }
        customer(id: $customer) { all: tasks { nodes { id } } open: tasks(state: OPEN) { totalCount } done: tasks(state: COMPLETED) { totalCount } } }`,
      { order: `Order_${orderId(22)}`, customer: `Customer_${customerId('marvin')}` },
    );
    expect([numbersOf(order.all), numbersOf(order.open)]).toEqual([[4], [4]]);
    expect([numbersOf(customer.all), customer.open.totalCount, customer.done.totalCount]).toEqual([[1], 0, 1]);
  });

  test.each([
    [{ dueFrom: '2025-12-19', dueBefore: '2025-12-19' }, 'INVALID_RANGE'],
    [{ dueFrom: '2025-12-20', dueBefore: '2025-12-19' }, 'INVALID_RANGE'],
    [{ assigneeId: '' }, 'INVALID_ID'],
    [{ orderId: 'Customer_01941f29-7c00-7000-8002-000000000001' }, 'INVALID_ID'],
    [{ customerId: 'arthur' }, 'INVALID_ID'],
    [{ state: null }, 'BAD_USER_INPUT'],
    [{ state: 'DELETED' }, 'BAD_USER_INPUT'],
    [{ dueBefore: '2026-02-29' }, 'BAD_USER_INPUT'],
    [{ dueBefore: 'infinity' }, 'BAD_USER_INPUT'],
    [{ tag: '\0' }, 'INVALID_TEXT'],
  ])('are refused for %j', async (filter, code) => {
    const { errors } = await app.send('query ($filter: TaskFilter) { tasks(filter: $filter) { nodes { id } } }', {
      filter,
    });
    expect(errors).toMatchObject([{ extensions: { code } }]);
  });

  test.each([
    ['tasks.DUE', '2025-02-30'],
    ['tasks.DUE', '-infinity'],
    ['tasks.DUE', 'now'],
    ['tasks.DUE', '0000-01-01'],
    ['tasks.DUE', 1],
    ['tasks.PRIORITY', 'HIGH'],
    ['tasks.TITLE', 'x'],
  ])('are refused for a cursor of %s with the place %j', async (order, value) => {
    const after = Buffer.from(JSON.stringify([order, value, '01941f29-7c00-7000-8002-000000000001'])).toString(
      'base64url',
    );
    const sort = order === 'tasks.PRIORITY' ? 'PRIORITY' : 'DUE';
    const { errors } = await app.send(
      'query ($after: String, $sort: TaskSort!) { tasks(after: $after, sort: $sort) { nodes { id } } }',
      { after, sort },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_CURSOR' } }]);
  });
});

describe('Of many tasks', () => {
  // The ORM's own copy of the driver: the API's statements go through it.
  const require = createRequire(createRequire(import.meta.url).resolve('@mikro-orm/postgresql'));
  const { prototype } = (require('pg') as { Client: typeof Client }).Client;
  const query = prototype.query as (...args: unknown[]) => unknown;
  let statements: { text: string; values: unknown[] }[] = [];

  beforeAll(async () => {
    await app.database.query(
      `insert into users (id, email, name, role) select gen_random_uuid(), n || '@many.example', 'Many ' || n, 'CLERK' from generate_series(1, 50) n;
       with people as (select array_agg(id order by id) as ids from users),
            buyers as (select array_agg(id order by id) as ids from customers),
            placed as (select array_agg(id order by id) as ids from orders)
       insert into tasks (id, title, due_on, priority, tags, assignee_id, order_id, customer_id, state, completed_at)
       select gen_random_uuid(), 'Task ' || md5(n::text), case when n % 4 > 0 then date '2025-01-01' + n % 700 end,
         (array['LOW', 'NORMAL', 'NORMAL', 'NORMAL', 'HIGH', 'URGENT'])[1 + n % 6], array['tag ' || n / 20 % 200],
         case when n % 9 > 0 then people.ids[1 + n % 50] end, case when n % 100 = 0 then placed.ids[1 + n / 100 % 24] end,
         case when n % 60 = 0 then buyers.ids[1 + n / 60 % 12] end, case when n % 20 = 0 then 'OPEN' else 'COMPLETED' end,
         case when n % 20 > 0 then now() end
       from generate_series(1, 40000) n, people, buyers, placed`,
    );
    await app.database.query('vacuum analyze tasks');
    prototype.query = function (this: Client, ...args: unknown[]) {
      const { text, values } = args[0] as { text?: string; values?: unknown[] };
      if (text?.includes('"tasks"')) {
        statements.push({ text, values: values ?? [] });
      }
      return query.apply(this, args);
    } as typeof prototype.query;
  });
  afterAll(() => {
    prototype.query = query as typeof prototype.query;
  });

  const filters: Record<string, object | (() => Promise<object>)> = {
    nothing: {},
    assignee: async () => ({
      assigneeId: `User_${(await app.database.query<{ id: string }>(`select assignee_id as id from tasks where assignee_id is not null limit 1`))[0]!.id}`,
    }),
    unassigned: { unassigned: true },
    'the days': { dueFrom: '2025-03-01', dueBefore: '2025-03-15' },
    tag: { tag: 'tag 40' },
    priority: { priority: 'URGENT' },
    order: { orderId: `Order_${orderId(22)}` },
    customer: { customerId: `Customer_${customerId('arthur')}` },
  };

  test.each(Object.entries(filters))(
    'a page narrowed to %s is read by an index, in every order',
    async (_what, given) => {
      const filter = typeof given === 'function' ? await given() : given;
      for (const state of ['OPEN', 'COMPLETED']) {
        for (const sort of ['DUE', 'PRIORITY', 'CREATED', 'TITLE']) {
          statements = [];
          const { tasks } = await app.ask(
            'query ($filter: TaskFilter, $sort: TaskSort!) { tasks(filter: $filter, sort: $sort) { nodes { id } } }',
            { filter: { ...filter, state }, sort },
          );
          expect(statements).toHaveLength(1);
          expect(tasks.nodes.length).toBeLessThanOrEqual(20);
          const [{ text, values }] = statements as [(typeof statements)[0]];
          const plan = await connected(app.database.url, async client => {
            const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, values);
            return JSON.stringify(rows);
          });
          expect({ state, sort, scans: plan.match(/"Node Type":"[^"]*Seq Scan"/g) }).toEqual({
            state,
            sort,
            scans: null,
          });
          // Blocks and not the time, which others on the same machine decide.
          expect(Number(/"Shared Hit Blocks":(\d+)/.exec(plan)![1])).toBeLessThan(10_000);
        }
      }
    },
  );
});
