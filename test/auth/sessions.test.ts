import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Role } from '../../src/permissions.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { codes, goodPassword, newUser } from './people.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const signedIn = (user: { send: TestApp['send'] }) => user.send('{ me { id } }').then(({ errors }) => !errors);

/** Signs somebody in once more, with a program of some name. */
async function again(email: string, userAgent: string) {
  const caller = app.caller({ 'user-agent': userAgent });
  const { accessToken } = await caller.change('login', { email, password: goodPassword }, 'accessToken');
  return app.caller({ authorization: `Bearer ${accessToken}` });
}

describe('sessions', () => {
  test('are one’s own, newest first, and say which is the current one', async () => {
    const user = await newUser(app, 'ANALYST');
    await again(user.email, 'Nutrimatic/1.0');
    const query = '{ sessions { nodes { isCurrent userAgent address endedAt createdAt lastUsedAt expiresAt } } }';
    const { sessions } = await user.ask(query);
    expect(sessions.nodes).toMatchObject([
      { isCurrent: false, userAgent: 'Nutrimatic/1.0', endedAt: null },
      { isCurrent: true, endedAt: null },
    ]);
    expect(sessions.nodes[0].address).toMatch(/127\.0\.0\.1|::1/);
  });

  test('are for nobody else than those who manage users', async () => {
    const { id } = await newUser(app, 'CLERK');
    const query = 'query ($id: ID!) { user(id: $id) { sessions { totalCount nodes { isCurrent } } } }';
    expect((await app.ask(query, { id })).user.sessions).toEqual({ totalCount: 1, nodes: [{ isCurrent: false }] });
    const { errors } = await (await app.as(Role.CLERK)).send(query, { id });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await app.caller().send('{ sessions { totalCount } }')).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ]);
  });
});

describe('revokeSession', () => {
  const idsOf = async (user: { ask: TestApp['ask'] }): Promise<string[]> =>
    (await user.ask('{ sessions { nodes { id } } }')).sessions.nodes.map(({ id }: { id: string }) => id);

  test('ends one session at once, and no other', async () => {
    const user = await newUser(app, 'CLERK');
    const lost = await again(user.email, 'lost telephone');
    const [id] = await idsOf(user);
    const { session, userErrors } = await user.change('revokeSession', { id }, 'session { endedAt isCurrent }');
    expect(userErrors).toEqual([]);
    expect(session).toEqual({ endedAt: expect.any(String), isCurrent: false });
    expect([await signedIn(user), await signedIn(lost)]).toEqual([true, false]);
    expect(codes(await user.change('revokeSession', { id }))).toEqual([]);
  });

  test('of somebody else is for those who manage them, and for others there is none', async () => {
    const clerk = await newUser(app, 'CLERK');
    const [ofClerk] = await idsOf(clerk);
    const [ofOwner] = await idsOf(app);
    const other = await app.as(Role.CLERK);
    const manager = await app.as(Role.MANAGER);
    expect(codes(await other.change('revokeSession', { id: ofClerk }))).toEqual(['id: UNKNOWN_SESSION']);
    expect(codes(await manager.change('revokeSession', { id: ofOwner }))).toEqual(['id: ROLE_NOT_ALLOWED']);
    expect(codes(await manager.change('revokeSession', { id: ofClerk }))).toEqual([]);
    expect(await signedIn(clerk)).toBe(false);
    expect(await signedIn(app)).toBe(true);
    const unknown = { id: 'Session_00000000-0000-7000-8000-000000000000' };
    expect(codes(await app.change('revokeSession', unknown))).toEqual(['id: UNKNOWN_SESSION']);
  });
});
