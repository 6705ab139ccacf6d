import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { customerId, orderId } from '../../seeders/sample-data.js';
import { Role } from '../../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
let trillian: string;
beforeAll(async () => {
  app = await startTestApp();
  trillian = await userOf('Trillian Astra');
});
afterAll(() => app.close());

const fields = `task { id title text dueOn priority tags state completedAt createdAt version
  assignee { name } creator { name } completedBy { name } order { id } customer { id } }`;
const unknownTask = 'Task_00000000-0000-7000-8000-000000000000';
const unknown = (type: string) => `${type}_00000000-0000-7000-8000-000000000000`;
const arthur = `Customer_${customerId('arthur')}`;
const order = `Order_${orderId(24)}`;

async function userOf(name: string): Promise<string> {
  const [row] = await app.database.query<{ id: string }>('select id from users where name = $1', [name]);
  return `User_${row!.id}`;
}

async function create(input: object = {}, by: Pick<Caller, 'change'> = app) {
  const { task, userErrors } = await by.change('createTask', { title: 'Feed the mice', ...input }, fields);
  expect(userErrors).toEqual([]);
  return task;
}
const refusalsOf = ({ userErrors }: { userErrors: { field: string | null; code: string }[] }) =>
  userErrors.map(({ field, code }) => `${field}: ${code}`);

async function historyOf(id: string) {
  const { history } = await app.ask(
    `query ($id: ID!) { history(id: $id) { nodes { version action actor changes { field before after } } } }`,
    { id },
  );
  return history.nodes as { version: number; action: string; actor: string; changes: object[] }[];
}

describe('A task', () => {
  test('is made with a title alone', async () => {
    expect(await create({ title: '  Bring a towel\n' })).toEqual({
      id: expect.stringMatching(/^Task_/),
      title: 'Bring a towel',
      text: '',
      dueOn: null,
      priority: 'NORMAL',
      tags: [],
      state: 'OPEN',
      completedAt: null,
      createdAt: expect.stringMatching(/Z$/),
      version: 1,
      assignee: null,
      creator: { name: 'Zaphod Beeblebrox' },
      completedBy: null,
      order: null,
      customer: null,
    });
  });

  test('is made with all that can be said of it', async () => {
    const input = {
      title: 'Call about the Sens-O-Matic',
      text: 'It beeps.\n\nAll night.',
      dueOn: '2026-02-28',
      priority: 'URGENT',
      tags: [' returns', 'telephone ', 'returns'],
    };
    const links = { assigneeId: trillian, orderId: order, customerId: arthur };
    expect(await create({ ...input, ...links })).toMatchObject({
      ...input,
      tags: ['returns', 'telephone'],
      assignee: { name: 'Trillian Astra' },
      order: { id: order },
      customer: { id: arthur },
    });
  });

  test('takes null for all that can be left out', async () => {
    const names = ['text', 'dueOn', 'priority', 'tags', 'assigneeId', 'orderId', 'customerId'];
    const nulls = Object.fromEntries(names.map(name => [name, null]));
    expect(await create(nulls)).toMatchObject({ text: '', priority: 'NORMAL', tags: [], assignee: null });
  });

  test('is changed in what is given alone', async () => {
    const { id } = await create({ text: 'Cheese', dueOn: '2026-01-31', tags: ['mice'], orderId: order });
    const titled = await app.change('updateTask', { id, expectedVersion: 1, title: 'Feed the dolphins' }, fields);
    expect(titled.task).toMatchObject({
      title: 'Feed the dolphins',
      text: 'Cheese',
      dueOn: '2026-01-31',
      tags: ['mice'],
      order: { id: order },
      version: 2,
    });
    const rest = { text: 'Fish', dueOn: '2024-02-29', priority: 'LOW', tags: ['fish', 'thanks'] };
    const changed = await app.change('updateTask', { id, ...rest, customerId: arthur }, fields);
    expect(changed.task).toMatchObject({ ...rest, customer: { id: arthur }, order: { id: order }, version: 3 });
  });

  test('is cleared of what can be empty by null', async () => {
    const { id } = await create({
      text: 'Cheese',
      dueOn: '2026-01-31',
      tags: ['mice'],
      orderId: order,
      customerId: arthur,
    });
    const nulls = { text: null, dueOn: null, tags: null, orderId: null, customerId: null };
    const { task } = await app.change('updateTask', { id, ...nulls }, fields);
    expect(task).toMatchObject({ text: '', dueOn: null, tags: [], order: null, customer: null, version: 2 });
  });

  test('keeps its version when a change changes nothing', async () => {
    const { id } = await create({ tags: ['mice'] });
    const same = { title: ' Feed the mice ', tags: ['mice', 'mice'], dueOn: null };
    expect((await app.change('updateTask', { id, ...same }, fields)).task.version).toBe(1);
  });

  test('is given to somebody, to somebody else, and to nobody', async () => {
    const { id } = await create();
    const steps: [string | null, object | null][] = [
      [trillian, { name: 'Trillian Astra' }],
      [await userOf('Arthur Dent'), { name: 'Arthur Dent' }],
      [null, null],
    ];
    for (const [assigneeId, assignee] of steps) {
      expect((await app.change('assignTask', { id, assigneeId }, fields)).task).toMatchObject({ assignee });
    }
    expect((await historyOf(id)).map(({ action }) => action)).toEqual(['ASSIGNED', 'ASSIGNED', 'ASSIGNED', 'CREATED']);
  });

  test('is given to somebody who was invited and has not come yet', async () => {
    await app.database.query(
      `insert into users (id, email, name, role) values (gen_random_uuid(), 'late@pier2.example', 'Dentarthurdent', 'CLERK')`,
    );
    const { assignee } = await create({ assigneeId: await userOf('Dentarthurdent') });
    expect(assignee).toEqual({ name: 'Dentarthurdent' });
  });

  test('is completed by who was first, and opened again', async () => {
    const { id } = await create();
    const clerk = await app.as(Role.CLERK);
    const { task } = await clerk.change('completeTask', { id, expectedVersion: 1 }, fields);
    expect(task).toMatchObject({
      state: 'COMPLETED',
      completedAt: expect.stringMatching(/Z$/),
      completedBy: { name: 'Arthur Dent' },
      version: 2,
    });
    expect((await app.change('completeTask', { id }, fields)).task).toEqual(task);
    const reopened = { state: 'OPEN', completedAt: null, completedBy: null, version: 3 };
    expect((await app.change('reopenTask', { id }, fields)).task).toMatchObject(reopened);
    expect((await app.change('reopenTask', { id }, fields)).task).toMatchObject(reopened);
  });

  test('is changed and assigned when it is completed, too', async () => {
    const { id } = await create();
    await app.change('completeTask', { id });
    await app.change('assignTask', { id, assigneeId: trillian });
    const { task } = await app.change('updateTask', { id, text: 'They said thanks.' }, fields);
    expect(task).toMatchObject({ state: 'COMPLETED', text: 'They said thanks.', version: 4 });
  });

  test('that is deleted is gone from every list, and its history says who did what', async () => {
    const { id } = await create({ assigneeId: trillian, orderId: order, customerId: arthur });
    const clerk = await app.as(Role.CLERK);
    const answer = await clerk.change('deleteTask', { id, expectedVersion: 1 }, 'deleted task { id }');
    expect(answer).toEqual({ deleted: true, task: null, userErrors: [] });
    const lists = 'tasks(first: 100) { nodes { id } }';
    const data = await app.ask(
      `query ($id: ID!, $order: ID!, $customer: ID!, $user: ID!) {
        task(id: $id) { id } node(id: $id) { id } ${lists}
        order(id: $order) { ${lists} } customer(id: $customer) { ${lists} } user: node(id: $user) { ... on User { ${lists} } } }`,
      { id, order, customer: arthur, user: trillian },
    );
    expect(data).toMatchObject({ task: null, node: null });
    expect(JSON.stringify(data)).not.toContain(id);
    expect(await historyOf(id)).toMatchObject([
      { version: 2, action: 'DELETED', actor: 'Arthur Dent' },
      { version: 1, action: 'CREATED', actor: 'Zaphod Beeblebrox' },
    ]);
    expect(refusalsOf(await app.change('deleteTask', { id }))).toEqual(['id: UNKNOWN_TASK']);
  });

  test('has a history with the ids of the API', async () => {
    const { id } = await create({ assigneeId: trillian });
    await app.change('updateTask', { id, orderId: order, dueOn: '2026-05-25', priority: 'HIGH' });
    const [updated, created] = await historyOf(id);
    expect(updated).toMatchObject({ version: 2, action: 'UPDATED' });
    expect(updated!.changes).toEqual([
      { field: 'dueOn', before: null, after: '2026-05-25' },
      { field: 'priority', before: 'NORMAL', after: 'HIGH' },
      { field: 'order', before: null, after: order },
    ]);
    expect(created!.changes).toContainEqual({ field: 'assignee', before: null, after: trillian });
    const { task } = await app.ask(
      'query ($id: ID!) { task(id: $id) { history(direction: ASC) { nodes { action } } } }',
      { id },
    );
    expect(task.history.nodes).toEqual([{ action: 'CREATED' }, { action: 'UPDATED' }]);
  });

  test.each([
    '🐋 Ω 象',
    `'); drop table tasks; --`,
    '<script>alert(1)</script>',
    '{a,b}"\\',
    '%_',
    '"',
    'NULL',
    'null',
    'a,b',
    'line\nbreak, with "a comma"\\n',
  ])('keeps text that is %j as it is, through changes of something else', async text => {
    const task = await create({ title: text, text, tags: [text] });
    expect(task).toMatchObject({ title: text, text, tags: [text] });
    const { tasks } = await app.ask('query ($tag: String) { tasks(filter: { tag: $tag }) { nodes { id } } }', {
      tag: text,
    });
    expect(tasks.nodes).toEqual([{ id: task.id }]);
    const changed = await app.change('updateTask', { id: task.id, tags: [text, 'more'], dueOn: '2026-05-25' }, fields);
    expect(changed.task).toMatchObject({ title: text, text, tags: [text, 'more'] });
    expect((await historyOf(task.id))[0]!.changes).toContainEqual({
      field: 'tags',
      before: [text],
      after: [text, 'more'],
    });
  });
});

describe('A task is refused', () => {
  const many = Array.from({ length: 21 }, (_, index) => `tag ${index}`);
  const wrong: [string, object, string[]][] = [
    ['a blank title', { title: ' \n' }, ['title: REQUIRED']],
    ['a title without end', { title: 'x'.repeat(201) }, ['title: TOO_LONG']],
    ['a text without end', { text: 'x'.repeat(10_001) }, ['text: TOO_LONG']],
    ['a blank tag', { tags: ['mice', ' '] }, ['tags.1: REQUIRED']],
    ['a tag without end', { tags: ['x'.repeat(51)] }, ['tags.0: TOO_LONG']],
    ['more tags than anybody reads', { tags: many }, ['tags: TOO_MANY']],
    ['an order that there is not', { orderId: unknown('Order') }, ['orderId: UNKNOWN_ORDER']],
    ['a customer who is not', { customerId: unknown('Customer') }, ['customerId: UNKNOWN_CUSTOMER']],
    [
      'several problems at once',
      { title: '', tags: [''], orderId: unknown('Order'), customerId: unknown('Customer') },
      ['title: REQUIRED', 'tags.0: REQUIRED', 'orderId: UNKNOWN_ORDER', 'customerId: UNKNOWN_CUSTOMER'],
    ],
  ];

  test.each(wrong)('with %s, when it is made and when it is changed', async (_what, changes, refusals) => {
    const before = await app.database.query('select count(*) from tasks');
    expect(refusalsOf(await app.change('createTask', { title: 'Feed the mice', ...changes }))).toEqual(refusals);
    expect(await app.database.query('select count(*) from tasks')).toEqual(before);
    const task = await create();
    const answer = await app.change('updateTask', { id: task.id, ...changes }, fields);
    expect(refusalsOf(answer)).toEqual(refusals);
    expect(answer.task).toEqual(task);
  });

  test('without a title or a priority, once it has them', async () => {
    const { id } = await create();
    expect(refusalsOf(await app.change('updateTask', { id, title: null, priority: null }))).toEqual([
      'priority: REQUIRED',
      'title: REQUIRED',
    ]);
  });

  test('for somebody who does not work for the shop, an operator of the platform among them', async () => {
    const [operator] = await app.database.query<{ id: string }>('select id from platform.users');
    const { id } = await create();
    for (const assigneeId of [unknown('User'), `User_${operator!.id}`]) {
      expect(refusalsOf(await app.change('createTask', { title: '', assigneeId }))).toEqual([
        'title: REQUIRED',
        'assigneeId: UNKNOWN_USER',
      ]);
      expect(refusalsOf(await app.change('assignTask', { id, assigneeId }))).toEqual(['assigneeId: UNKNOWN_USER']);
    }
  });

  test('for somebody who was deactivated, who keeps what they had', async () => {
    await app.named('Agrajag');
    const agrajag = await userOf('Agrajag');
    const { id } = await create({ assigneeId: agrajag });
    const other = await create();
    await app.database.query(`update users set state = 'DEACTIVATED' where name = 'Agrajag'`);
    for (const [mutation, input] of [
      ['createTask', { title: 'Fall' }],
      ['assignTask', { id: other.id }],
    ] as const) {
      expect(refusalsOf(await app.change(mutation, { ...input, assigneeId: agrajag }))).toEqual([
        'assigneeId: USER_NOT_ACTIVE',
      ]);
    }
    const { task, userErrors } = await app.change('assignTask', { id, assigneeId: agrajag }, fields);
    expect([task.assignee, task.version, userErrors]).toEqual([{ name: 'Agrajag' }, 1, []]);
  });

  test('without a word on who is to do it', async () => {
    const { id } = await create({ assigneeId: trillian });
    const answer = await app.change('assignTask', { id }, fields);
    expect(refusalsOf(answer)).toEqual(['assigneeId: REQUIRED']);
    expect(answer.task.assignee).toEqual({ name: 'Trillian Astra' });
  });

  const mutations: [string, object][] = [
    ['updateTask', { title: 'x' }],
    ['assignTask', { assigneeId: null }],
    ['completeTask', {}],
    ['reopenTask', {}],
    ['deleteTask', {}],
  ];

  test.each(mutations)('by %s when there is none, or when it was changed meanwhile', async (mutation, input) => {
    expect(refusalsOf(await app.change(mutation, { id: unknownTask, ...input }))).toEqual(['id: UNKNOWN_TASK']);
    const { id } = await create();
    const { task, userErrors } = await app.change(mutation, { id, expectedVersion: 2, ...input }, fields);
    expect(userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', field: 'expectedVersion', currentVersion: 1 }]);
    expect(task).toMatchObject({ id, version: 1 });
  });

  test.each([
    ['customerId', 'createTask', { title: 'x', customerId: 'Order_01941f29-7c00-7000-8002-000000000001' }],
    ['orderId', 'createTask', { title: 'x', orderId: '' }],
    ['assigneeId', 'createTask', { title: 'x', assigneeId: 'marvin' }],
    ['assigneeId', 'assignTask', { id: unknownTask, assigneeId: '' }],
    ['id', 'completeTask', { id: 'Customer_01941f29-7c00-7000-8002-000000000001' }],
  ])('with an id as %s that is none, by %s', async (_field, mutation, input) => {
    const type = mutation.replace(/^./, letter => letter.toUpperCase());
    const query = `mutation ($input: ${type}Input!) { ${mutation}(input: $input) { userErrors { code } } }`;
    expect((await app.send(query, { input })).errors).toMatchObject([{ extensions: { code: 'INVALID_ID' } }]);
  });

  test.each(['2026-02-29', '2026-13-01', '0000-01-01', '12026-01-01', '2026-1-1', '25.05.2026', 'infinity', '', 1, {}])(
    'with %j as the day on which it is due',
    async dueOn => {
      const query = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { userErrors { code } } }';
      const { errors } = await app.send(query, { input: { title: 'x', dueOn } });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(errors![0]!.message).toContain('is not a day; give year, month and day, such as "2026-05-25".');
    },
  );

  test('with a day of another century not', async () => {
    for (const dueOn of ['0001-01-01', '9999-12-31']) {
      expect(await create({ dueOn })).toMatchObject({ dueOn });
    }
  });

  test('with text that is none', async () => {
    const query = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { userErrors { code } } }';
    for (const input of [{ title: 'a\0b' }, { title: 'x', tags: ['\ud83d'] }]) {
      expect((await app.send(query, { input })).errors).toMatchObject([{ extensions: { code: 'INVALID_TEXT' } }]);
    }
  });
});

describe('A task’s link to a customer', () => {
  let number = 0;
  const customer = async (): Promise<string> => {
    const input = { email: `task-${(number += 1)}@mice.example`, firstName: 'Frankie' };
    return (await app.change('createCustomer', input, 'customer { id }')).customer.id;
  };

  test('is refused to one who was erased or merged, and may stay where it stands', async () => {
    const [erased, survivorId, duplicateId] = [await customer(), await customer(), await customer()];
    const { id } = await create({ customerId: erased });
    await app.change('eraseCustomer', { id: erased, confirm: true });
    await app.change('mergeCustomers', { survivorId, duplicateId });
    for (const [customerId, code] of [
      [erased, 'CUSTOMER_ERASED'],
      [duplicateId, 'CUSTOMER_MERGED'],
    ]) {
      expect(refusalsOf(await app.change('createTask', { title: 'x', customerId }))).toEqual([`customerId: ${code}`]);
    }
    expect(
      refusalsOf(await app.change('updateTask', { id, customerId: erased, title: 'Something else' }, fields)),
    ).toEqual([]);
  });
});

describe('At once', () => {
  test('two complete a task: it is completed once, by one of them', async () => {
    const people = await Promise.all(['Lunkwill', 'Fook'].map(name => app.named(name)));
    for (let round = 0; round < 5; round += 1) {
      const { id } = await create();
      const answers = await Promise.all(people.map(person => person.change('completeTask', { id }, fields)));
      expect(answers.map(({ task, userErrors }) => [task.version, userErrors])).toEqual([
        [2, []],
        [2, []],
      ]);
      expect(answers[0]!.task).toEqual(answers[1]!.task);
      const [completed, created, ...others] = await historyOf(id);
      expect([completed!.action, created!.action, others]).toEqual(['COMPLETED', 'CREATED', []]);
      expect(completed!.actor).toBe(answers[0]!.task.completedBy.name);
    }
  });

  test('ten change the version that they saw: one does, and the others are told', async () => {
    const { id } = await create();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        app.change('updateTask', { id, expectedVersion: 1, title: `Title ${index}` }, fields),
      ),
    );
    const refused = answers.filter(({ userErrors }) => userErrors.length > 0);
    expect(refused).toHaveLength(9);
    expect(refused.flatMap(refusalsOf)).toEqual(Array(9).fill('expectedVersion: VERSION_CONFLICT'));
    expect(refused.every(({ task }) => task.version === 2)).toBe(true);
  });

  test('ten change it without a version: each change is kept, with its entry in the history', async () => {
    const { id } = await create();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => app.change('updateTask', { id, title: `Title ${index}` })),
    );
    const versions = (await historyOf(id)).map(({ version }) => version);
    expect(versions).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('one deletes it and others complete and change it: all end, and it is gone', async () => {
    const { id } = await create();
    const answers = await Promise.all([
      app.change('deleteTask', { id }, 'deleted'),
      ...Array.from({ length: 5 }, () => app.change('completeTask', { id }, fields)),
      ...Array.from({ length: 5 }, (_, index) => app.change('updateTask', { id, title: `Title ${index}` }, fields)),
    ]);
    expect(answers[0]).toEqual({ deleted: true, userErrors: [] });
    expect(answers.flatMap(refusalsOf).every(refusal => refusal === 'id: UNKNOWN_TASK')).toBe(true);
    expect((await historyOf(id))[0]).toMatchObject({ action: 'DELETED' });
  });
});

describe('Tasks are for those who may', () => {
  const reads = [
    '{ tasks { totalCount } }',
    `{ task(id: "${unknownTask}") { id } }`,
    `{ order(id: "${order}") { tasks { totalCount } } }`,
    `{ customer(id: "${arthur}") { tasks { totalCount } } }`,
    `{ node(id: "${unknown('User')}") { ... on User { tasks { totalCount } } } }`,
    `{ node(id: "${unknownTask}") { id } }`,
  ];
  const writes = [
    'createTask(input: { title: "x" })',
    ...['updateTask', 'assignTask', 'completeTask', 'reopenTask', 'deleteTask'].map(
      mutation => `${mutation}(input: { id: "${unknownTask}" })`,
    ),
  ].map(mutation => `mutation { ${mutation} { userErrors { code } } }`);

  test.each([...reads, ...writes])('and to others %s is refused', async query => {
    const codes = async (caller: Caller) => (await caller.send(query)).errors?.map(({ extensions }) => extensions.code);
    expect(await codes(await app.as(Role.ANALYST))).toEqual(['FORBIDDEN']);
    expect(await codes(await app.as(Role.OPERATOR))).toEqual(['FORBIDDEN']);
    expect(await codes(app.caller())).toEqual(['UNAUTHENTICATED']);
  });

  test.each([Role.OWNER, Role.MANAGER, Role.CLERK])('such as %s', async role => {
    const somebody = await app.as(role);
    const { id } = await create({}, somebody);
    const { tasks } = await somebody.ask('{ tasks(first: 1, sort: CREATED, direction: DESC) { nodes { id } } }');
    expect(tasks.nodes).toEqual([{ id }]);
    for (const mutation of ['updateTask', 'completeTask', 'reopenTask', 'deleteTask']) {
      expect((await somebody.change(mutation, { id })).userErrors).toEqual([]);
    }
  });
});
