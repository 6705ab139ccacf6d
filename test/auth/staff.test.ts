import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Role } from '../../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from '../support/app.js';
import { codes, goodPassword, invite, mailsTo, newEmail, newUser, tokenOf, tryLogin } from './people.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
beforeEach(() => app.database.query('delete from platform.throttles'));
afterAll(() => app.close());

const selection = 'user { id name email role state timeZone language version }';
const update = (by: Caller, input: object) => by.change('updateUser', input, selection);
const idOf = async (by: Caller): Promise<string> => (await by.ask('{ me { id } }')).me.id;

/** Owners of the shop who are the only ones, so that others' tests do not stand in the way. */
async function onlyOwners(count: number) {
  await restoreOwner();
  const owners = [];
  for (let index = 0; index < count; index += 1) {
    owners.push(await newUser(app, 'OWNER'));
  }
  await app.database.query(`update users set role = 'CLERK' where role = 'OWNER' and not email = any($1)`, [
    owners.map(({ email }) => email),
  ]);
  return owners;
}

async function restoreOwner(): Promise<void> {
  await app.database.query(`update users set role = 'OWNER', state = 'ACTIVE' where email = 'owner@pier2.example'`);
  // The API hears of what was done behind its back a moment later.
  while ((await app.send('{ webhooks { totalCount } }')).errors) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

describe('updateUser', () => {
  test('changes what is given, and keeps the rest', async () => {
    const { id, email } = await newUser(app, 'CLERK');
    const { user, userErrors } = await update(app, { id, name: 'Trin', role: 'MANAGER', timeZone: 'Asia/Tokyo' });
    expect(userErrors).toEqual([]);
    expect(user).toMatchObject({ name: 'Trin', role: 'MANAGER', timeZone: 'Asia/Tokyo', language: 'en', email });
    const { user: same } = await update(app, { id, name: 'Trin' });
    expect(same.version).toBe(user.version);
  });

  test('changes only what was seen', async () => {
    const { id } = await newUser(app, 'CLERK');
    const answer = await update(app, { id, expectedVersion: 1, name: 'Trin' });
    expect(answer.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 2 }]);
    expect(answer.user).toMatchObject({ name: 'Ford', version: 2 });
  });

  test('moves somebody to another email address, and makes what was mailed to the old one useless', async () => {
    const user = await newUser(app, 'CLERK');
    await app.caller().change('requestPasswordReset', { email: user.email });
    const token = await tokenOf(app, user.email);
    const email = newEmail();
    expect(codes(await update(app, { id: user.id, email }))).toEqual([]);
    expect(codes(await app.caller().change('resetPassword', { token, password: goodPassword }))).toEqual([
      'token: INVALID_TOKEN',
    ]);
    expect(await tryLogin(app, email, goodPassword)).toEqual([]);
  });

  test('sends the invitation to the new address of somebody who was invited', async () => {
    const [wrong, right] = [newEmail(), newEmail()];
    const id = await invite(app, wrong, 'CLERK');
    await update(app, { id, email: right });
    expect(await mailsTo(app, right)).toHaveLength(1);
    const token = await tokenOf(app, wrong);
    expect(codes(await app.caller().change('activate', { token, password: goodPassword }))).toEqual([
      'token: INVALID_TOKEN',
    ]);
  });

  test.each([
    ['an email address of somebody else, in another case', { email: 'CLERK@pier2.example' }, ['email: EMAIL_TAKEN']],
    ['no email address', { email: null }, ['email: REQUIRED']],
    ['an email address that is none', { email: 'ford' }, ['email: INVALID_EMAIL']],
    ['no name and no role', { name: '', role: null }, ['name: REQUIRED', 'role: REQUIRED']],
    ['the role of the platform', { role: 'OPERATOR' }, ['role: ROLE_NOT_ALLOWED']],
    ['a time zone that is none', { timeZone: 'Nowhere+3' }, ['timeZone: UNKNOWN_TIME_ZONE']],
    ['a language that is none', { language: '-' }, ['language: INVALID_LANGUAGE']],
  ])('refuses %s', async (_, wrong, says) => {
    const { id } = await newUser(app, 'CLERK');
    const answer = await update(app, { id, ...wrong });
    expect(codes(answer)).toEqual(says);
    expect(answer.user).toMatchObject({ name: 'Ford', role: 'CLERK' });
  });

  test('knows nobody of an unknown id', async () => {
    const id = 'User_00000000-0000-7000-8000-000000000000';
    expect(codes(await update(app, { id, name: 'X' }))).toEqual(['id: UNKNOWN_USER']);
  });

  test.each([
    ['change an owner', 'OWNER', { name: 'X' }, 'id: ROLE_NOT_ALLOWED'],
    ['change a manager', 'MANAGER', { name: 'X' }, 'id: ROLE_NOT_ALLOWED'],
    ['make a clerk a manager', 'CLERK', { role: 'MANAGER' }, 'role: ROLE_NOT_ALLOWED'],
    ['make an analyst an owner', 'ANALYST', { role: 'OWNER' }, 'role: ROLE_NOT_ALLOWED'],
  ])('lets a MANAGER not %s', async (_, role, change, says) => {
    const { id } = await newUser(app, role);
    const manager = await app.as(Role.MANAGER);
    expect(codes(await update(manager, { id, ...change }))).toEqual([says]);
  });

  test('lets a MANAGER make a clerk an analyst, and not change themselves by it', async () => {
    const manager = await app.as(Role.MANAGER);
    const { id } = await newUser(app, 'CLERK');
    expect(await update(manager, { id, role: 'ANALYST' })).toMatchObject({ user: { role: 'ANALYST' }, userErrors: [] });
    expect(codes(await update(manager, { id: await idOf(manager), name: 'X' }))).toEqual(['id: ROLE_NOT_ALLOWED']);
  });
});

describe('updateMe', () => {
  test.each(Object.values(Role))('lets the %s change their name, time zone and language', async role => {
    const somebody = await app.as(role);
    const { me } = await somebody.ask('{ me { name timeZone language } }');
    const input = { name: 'Nobody', timeZone: 'Europe/Copenhagen', language: 'da' };
    const { user, userErrors } = await somebody.change('updateMe', input, 'user { name timeZone language }');
    expect(userErrors).toEqual([]);
    expect(user).toEqual(input);
    await somebody.change('updateMe', me);
  });

  test('refuses wrong values, all of them at once', async () => {
    const input = { name: null, timeZone: 'Mars', language: 'x y' };
    expect(codes(await app.change('updateMe', input))).toEqual([
      'name: REQUIRED',
      'timeZone: UNKNOWN_TIME_ZONE',
      'language: INVALID_LANGUAGE',
    ]);
    expect(codes(await app.change('updateMe', { expectedVersion: 0, name: 'X' }))).toEqual([
      'expectedVersion: VERSION_CONFLICT',
    ]);
  });

  test('is only for people who have signed in', async () => {
    const { errors } = await app.caller().send('mutation { updateMe(input: {}) { userErrors { code } } }');
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('deactivateUser', () => {
  test('ends sessions at once, and lets nobody sign in or refresh', async () => {
    const user = await newUser(app, 'CLERK');
    expect(await app.change('deactivateUser', { id: user.id }, 'user { state }')).toMatchObject({
      user: { state: 'DEACTIVATED' },
    });
    expect((await user.send('{ me { id } }')).errors).toMatchObject([{ extensions: { code: 'SESSION_ENDED' } }]);
    expect(await tryLogin(app, user.email, goodPassword)).toEqual(['INVALID_CREDENTIALS']);
    const { refreshToken } = user;
    expect(codes(await app.caller().change('refreshSession', { refreshToken }))).toEqual([
      'refreshToken: INVALID_TOKEN',
    ]);
    expect(codes(await app.change('deactivateUser', { id: user.id }))).toEqual([]);
  });

  test('is undone by reactivateUser, after which the old password holds and the old sessions stay ended', async () => {
    const user = await newUser(app, 'CLERK');
    await app.change('deactivateUser', { id: user.id });
    const { user: back } = await app.change('reactivateUser', { id: user.id }, 'user { state }');
    expect(back).toEqual({ state: 'ACTIVE' });
    expect(await tryLogin(app, user.email, goodPassword)).toEqual([]);
    expect((await user.send('{ me { id } }')).errors).toMatchObject([{ extensions: { code: 'SESSION_ENDED' } }]);
    expect(codes(await app.change('reactivateUser', { id: user.id }))).toEqual([]);
  });

  test('is refused for oneself', async () => {
    expect(codes(await app.change('deactivateUser', { id: await idOf(app) }))).toEqual(['id: OWN_ACCOUNT']);
  });

  test.each(['OWNER', 'MANAGER'])('and reactivateUser are refused to a MANAGER for a %s', async role => {
    const { id } = await newUser(app, role);
    const manager = await app.as(Role.MANAGER);
    expect(codes(await manager.change('deactivateUser', { id }))).toEqual(['id: ROLE_NOT_ALLOWED']);
    await app.change('deactivateUser', { id });
    expect(codes(await manager.change('reactivateUser', { id }))).toEqual(['id: ROLE_NOT_ALLOWED']);
  });
});

describe('The last active owner', () => {
  test('keeps the role', async () => {
    const [owner] = await onlyOwners(1);
    await invite(owner!, newEmail(), 'OWNER');
    expect(codes(await update(owner!, { id: owner!.id, role: 'MANAGER' }))).toEqual(['role: LAST_OWNER']);
    expect(codes(await update(owner!, { id: owner!.id, role: 'OWNER', name: 'Still' }))).toEqual([]);
    await restoreOwner();
  });

  test('stays when two give up the role at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const owners = await onlyOwners(2);
      const answers = await Promise.all(owners.map(owner => update(owner, { id: owner.id, role: 'CLERK' })));
      expect(answers.flatMap(codes)).toEqual(['role: LAST_OWNER']);
    }
    await restoreOwner();
  });

  test('stays when two deactivate each other at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [a, b] = (await onlyOwners(2)) as [
        Awaited<ReturnType<typeof newUser>>,
        Awaited<ReturnType<typeof newUser>>,
      ];
      const query = 'mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) { userErrors { code } } }';
      const answers = await Promise.all([
        a.send(query, { input: { id: b.id } }),
        b.send(query, { input: { id: a.id } }),
      ]);
      const [{ count }] = (await app.database.query<{ count: number }>(
        `select count(*)::int from users where role = 'OWNER' and state = 'ACTIVE'`,
      )) as [{ count: number }];
      expect(count).toBe(1);
      // Who comes second is told so, or has been signed out by the first.
      const said = answers.flatMap(({ data, errors }) =>
        errors ? errors.map(({ extensions }) => extensions.code) : codes(data.deactivateUser),
      );
      expect(said).toHaveLength(1);
    }
    await restoreOwner();
  });

  test('is also the last operator of the platform', async () => {
    const operator = await app.as(Role.OPERATOR);
    const platform = { 'x-tenant': 'platform' };
    const second = await newUser(app, 'OPERATOR', operator, platform);
    const ids = [await idOf(operator), second.id];
    expect(codes(await second.change('deactivateUser', { id: ids[0] }))).toEqual([]);
    const third = await newUser(app, 'OPERATOR', second, platform);
    expect(codes(await third.change('deactivateUser', { id: ids[1] }))).toEqual([]);
    expect(codes(await third.change('deactivateUser', { id: third.id }))).toEqual(['id: OWN_ACCOUNT']);
    expect(codes(await update(third, { id: third.id, role: 'OWNER' }))).toEqual(['role: ROLE_NOT_ALLOWED']);
    await third.change('reactivateUser', { id: ids[0] });
  });
});

describe('users', () => {
  test('come by name, and are narrowed to a state and a role', async () => {
    const names = async (args: string) =>
      (await app.ask(`{ users(${args}) { nodes { name role state } } }`)).users.nodes;
    expect(
      (await names('first: 100, role: MANAGER, state: ACTIVE')).map(({ name }: { name: string }) => name),
    ).toContain('Trillian Astra');
    for (const { role, state } of await names('first: 100, role: CLERK, state: DEACTIVATED')) {
      expect({ role, state }).toEqual({ role: 'CLERK', state: 'DEACTIVATED' });
    }
    const all = (await names('first: 100')).map(({ name }: { name: string }) => name);
    expect(all).toEqual([...all].sort());
  });

  test('are seen by clerks, and not by analysts or visitors', async () => {
    const send = async (by: Caller) => (await by.send('{ users { nodes { email } } }')).errors?.[0]?.extensions.code;
    expect(await send(await app.as(Role.CLERK))).toBeUndefined();
    expect(await send(await app.as(Role.ANALYST))).toBe('FORBIDDEN');
    expect(await send(app.caller())).toBe('UNAUTHENTICATED');
  });

  test('of the platform are its operators alone', async () => {
    const { users } = await (await app.as(Role.OPERATOR)).ask('{ users(first: 100) { nodes { role } } }');
    expect(new Set(users.nodes.map(({ role }: { role: string }) => role))).toEqual(new Set(['OPERATOR']));
  });

  test('are found by id', async () => {
    const { id, email } = await newUser(app, 'CLERK');
    expect(await app.ask('query ($id: ID!) { user(id: $id) { email } }', { id })).toEqual({ user: { email } });
  });
});

describe('The history of a user', () => {
  const history = async (by: Caller, id: string) =>
    (
      await by.ask(
        `query ($id: ID!) { user(id: $id) { history(direction: ASC) { nodes {
           action version actor user { id } changes { field before after } } } } }`,
        { id },
      )
    ).user.history.nodes;

  test('says who did what, and holds no password', async () => {
    const user = await newUser(app, 'CLERK');
    await update(app, { id: user.id, role: 'MANAGER' });
    await user.change('changePassword', { currentPassword: goodPassword, newPassword: `${goodPassword}!` });
    await app.change('deactivateUser', { id: user.id });
    await app.change('reactivateUser', { id: user.id });
    const entries = await history(app, user.id);
    const zaphod = { actor: 'Zaphod Beeblebrox', user: { id: await idOf(app) } };
    expect(entries).toMatchObject([
      { action: 'CREATED', version: 1, ...zaphod },
      { action: 'ACTIVATED', version: 2, actor: 'Ford', user: { id: user.id } },
      {
        action: 'UPDATED',
        version: 3,
        ...zaphod,
        changes: [{ field: 'role', before: 'CLERK', after: 'MANAGER' }],
      },
      {
        action: 'DEACTIVATED',
        version: 4,
        ...zaphod,
        changes: [{ field: 'state', before: 'ACTIVE', after: 'DEACTIVATED' }],
      },
      { action: 'REACTIVATED', version: 5, ...zaphod },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/argon2|password/i);
  });

  test('is kept of operators too', async () => {
    const operator = await app.as(Role.OPERATOR);
    const { id } = await newUser(app, 'OPERATOR', operator, { 'x-tenant': 'platform' });
    expect((await history(operator, id)).map(({ action }: { action: string }) => action)).toEqual([
      'CREATED',
      'ACTIVATED',
    ]);
  });
});
