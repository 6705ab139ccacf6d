import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import argon2 from 'argon2';
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { samplePassword, sampleUsers } from '../../seeders/sample-users.js';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { networkOf } from '../../src/auth/network.js';
import { hashOf } from '../../src/auth/random-token.js';
import { Role } from '../../src/permissions.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { codes, goodPassword, newUser, tryLogin } from './people.js';

const secret = 'the secret that signs and is long enough';
const before = 'the secret that has signed before this one';
const owner = sampleUsers.OWNER.email;

let app: TestApp;
beforeAll(async () => {
  // One proxy is trusted, so that the tests can come from several addresses.
  app = await startTestApp({ settings: { TOKEN_SECRETS: `${secret},${before}`, TRUSTED_PROXIES: '1' } });
});
beforeEach(() => app.database.query('delete from platform.throttles'));
afterEach(() => void jest.restoreAllMocks());
afterAll(() => app.close());

const from = (address: string) => ({ 'x-forwarded-for': address });
const login = (email = owner, password = samplePassword) =>
  app.caller().change('login', { email, password }, 'accessToken refreshToken user { name }');
const refresh = (refreshToken: string, headers = {}) =>
  app.caller(headers).change('refreshSession', { refreshToken }, 'accessToken refreshToken user { name }');
const me = async (token: string) => {
  const { data, errors, status } = await app.caller({ authorization: `Bearer ${token}` }).send('{ me { name } }');
  return errors ? { status, code: errors[0]!.extensions.code } : data.me.name;
};

describe('login', () => {
  test('signs in by the email address in either case', async () => {
    const { accessToken, user } = await login(` ${owner.toUpperCase()} `);
    expect(user).toEqual({ name: 'Zaphod Beeblebrox' });
    expect(await me(accessToken)).toBe('Zaphod Beeblebrox');
  });

  test('answers alike whether there is such an account or not', async () => {
    const gone = await newUser(app, 'CLERK');
    await app.change('deactivateUser', { id: gone.id });
    const answers = await Promise.all([
      login(owner, 'wrong'),
      login('nobody@pier2.example', 'wrong'),
      login(gone.email, goodPassword),
      login('no address', ''),
    ]);
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
    expect(codes(answers[0])).toEqual(['INVALID_CREDENTIALS']);
  });

  test('verifies one hash of the same cost whether there is such an account or not', async () => {
    await login('nobody@pier2.example');
    const verify = jest.spyOn(argon2, 'verify');
    const costOf = async (email: string) => {
      verify.mockClear();
      await login(email, 'wrong');
      return verify.mock.calls.map(([hash]) => /^\$argon2id\$v=19\$[^$]+/.exec(hash)?.[0]);
    };
    expect(await costOf(owner)).toEqual(['$argon2id$v=19$m=19456,p=1,t=2']);
    expect(await costOf('nobody@pier2.example')).toEqual(['$argon2id$v=19$m=19456,p=1,t=2']);
  });

  test('tries ten of a hundred that come at once for one account, and hashes no more, whether there is one or not', async () => {
    for (const email of [owner, 'nobody@pier2.example']) {
      const verify = jest.spyOn(argon2, 'verify').mockClear();
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) => tryLogin(app, email, 'wrong', from(`192.0.2.${index}`))),
      );
      expect(answers.flat().filter(code => code === 'INVALID_CREDENTIALS')).toHaveLength(10);
      expect(answers.flat().filter(code => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(90);
      expect(verify).toHaveBeenCalledTimes(10);
    }
  });

  test('is refused for the right password too while an account is locked, and says until when', async () => {
    await Promise.all(Array.from({ length: 11 }, () => tryLogin(app, owner, 'wrong')));
    const { userErrors } = await login();
    expect(userErrors[0]!.message).toBe('It was tried too often; try again in 15 minutes.');
    await app.database.query(`update platform.throttles set ends_at = now() - interval '1 ms'`);
    expect(codes(await login())).toEqual([]);
  });

  test('forgets wrong passwords after a right one', async () => {
    for (const password of [...Array<string>(9).fill('wrong'), samplePassword, ...Array<string>(9).fill('wrong')]) {
      await tryLogin(app, owner, password);
    }
    expect(codes(await login())).toEqual([]);
  });

  test('counts an account of one shop apart from that of another', async () => {
    await Promise.all(Array.from({ length: 11 }, () => tryLogin(app, owner, 'wrong', { 'x-tenant': 'platform' })));
    expect(await tryLogin(app, owner, 'wrong', { 'x-tenant': 'platform' })).toEqual(['TOO_MANY_ATTEMPTS']);
    expect(codes(await login())).toEqual([]);
  });

  /** Lets as many attempts have been made as if all of them had been tried, which would take a while. */
  const countAs = (attempts: number) => app.database.query('update platform.throttles set attempts = $1', [attempts]);

  test('counts what fails for an address, and not what succeeds: many sign in behind one', async () => {
    const here = from('198.51.100.1');
    const wrong = (name: string) => tryLogin(app, `${name}@x.example`, 'wrong', here);
    await wrong('a');
    await countAs(97);
    for (let count = 0; count < 6; count += 1) {
      expect(await tryLogin(app, owner, samplePassword, here)).toEqual([]);
    }
    expect(await Promise.all(['b', 'c', 'd'].map(wrong))).toEqual(Array(3).fill(['INVALID_CREDENTIALS']));
    expect(await tryLogin(app, owner, samplePassword, here)).toEqual(['TOO_MANY_ATTEMPTS']);
    expect(await tryLogin(app, owner, samplePassword, from('198.51.100.2'))).toEqual([]);
  });

  test('counts the addresses of one IPv6 network as one', async () => {
    await tryLogin(app, 'a@x.example', 'wrong', from('2001:db8:0:1::a'));
    await countAs(99);
    await tryLogin(app, 'b@x.example', 'wrong', from('2001:db8:0:1::b'));
    expect(await tryLogin(app, owner, samplePassword, from('2001:db8:0:1:ffff::'))).toEqual(['TOO_MANY_ATTEMPTS']);
    expect(await tryLogin(app, owner, samplePassword, from('2001:db8:0:2::1'))).toEqual([]);
  });

  test('keeps no email address in its counts', async () => {
    await login(owner, 'wrong');
    const rows = await app.database.query<{ row: string }>('select throttles::text as row from platform.throttles');
    expect(rows).toHaveLength(2);
    expect(rows.filter(({ row }) => /pier2|owner/.test(row))).toEqual([]);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:0DB8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
    [undefined, ''],
  ])('counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test('begins no session by a password that was changed while it was verified', async () => {
    const user = await newUser(app, 'CLERK');
    const verify = argon2.verify.bind(argon2);
    jest.spyOn(argon2, 'verify').mockImplementationOnce(async (...args) => {
      const fits = await verify(...args);
      await app.database.query(`update users set password_hash = 'another' where email = $1`, [user.email]);
      return fits;
    });
    expect(await tryLogin(app, user.email, goodPassword)).toEqual(['INVALID_CREDENTIALS']);
  });
});

describe('refreshSession', () => {
  test('gives new tokens for a refresh token, of which only the hash is kept', async () => {
    const first = await login();
    const { userErrors, accessToken, refreshToken, user } = await refresh(first.refreshToken);
    expect(userErrors).toEqual([]);
    expect(user.name).toBe('Zaphod Beeblebrox');
    expect(await me(accessToken)).toBe('Zaphod Beeblebrox');
    expect(refreshToken).not.toBe(first.refreshToken);
    const rows = await app.database.query<{ hash: string }>('select hash from refresh_tokens');
    expect(rows.map(({ hash }) => hash)).toEqual(
      expect.arrayContaining([first.refreshToken, refreshToken].map(hashOf)),
    );
    expect(rows.map(({ hash }) => hash)).not.toContain(refreshToken);
  });

  test('ends the session when a token is used again', async () => {
    const { refreshToken, accessToken } = await login();
    const next = await refresh(refreshToken);
    expect(codes(await refresh(refreshToken))).toEqual(['refreshToken: INVALID_TOKEN']);
    expect(codes(await refresh(next.refreshToken))).toEqual(['refreshToken: INVALID_TOKEN']);
    expect(await me(accessToken)).toEqual({ status: 401, code: 'SESSION_ENDED' });
    expect(await me(next.accessToken)).toEqual({ status: 401, code: 'SESSION_ENDED' });
  });

  test('lets one win of those who use a token at once, and ends the session', async () => {
    const { refreshToken } = await login();
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(refreshToken)));
    const winners = answers.filter(({ userErrors }) => userErrors.length === 0);
    expect(winners).toHaveLength(1);
    expect(await me(winners[0]!.accessToken)).toEqual({ status: 401, code: 'SESSION_ENDED' });
  });

  test('refuses the token of a session that has expired, or was ended, and one that is none', async () => {
    const expired = await login();
    await app.database.query(`update sessions set expires_at = now() - interval '1 ms' where id = $1`, [
      decodeJwt(expired.accessToken)['sid'],
    ]);
    const ended = await login();
    await app.caller({ authorization: `Bearer ${ended.accessToken}` }).ask('mutation { logout { loggedOut } }');
    for (const token of [expired.refreshToken, ended.refreshToken, 'none', '']) {
      expect(codes(await refresh(token))).toEqual(['refreshToken: INVALID_TOKEN']);
    }
  });

  test('refuses a token of another shop, which goes on there', async () => {
    const { refreshToken } = await login();
    expect(codes(await refresh(refreshToken, { 'x-tenant': 'platform' }))).toEqual(['refreshToken: INVALID_TOKEN']);
    expect(codes(await refresh(refreshToken))).toEqual([]);
  });

  test('lengthens the session', async () => {
    const { refreshToken, accessToken } = await login();
    const { sid } = decodeJwt(accessToken);
    await app.database.query(`update sessions set expires_at = now() + interval '1 minute' where id = $1`, [sid]);
    await refresh(refreshToken);
    const [row] = await app.database.query<{ days: number }>(
      `select round(extract(epoch from expires_at - now()) / 86400)::int as days from sessions where id = $1`,
      [sid],
    );
    expect(row).toEqual({ days: 30 });
  });
});

describe('An access token', () => {
  const refused = { status: 401, code: 'INVALID_TOKEN' };
  const claimsOf = async () => decodeJwt((await login()).accessToken) as { tid: string; sid: string; exp: number };
  const key = (text: string) => new TextEncoder().encode(text);
  const sign = (claims: object, header: object, by = secret) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: hashOf(secret).slice(0, 8), ...header })
      .sign(key(by));

  test('is what these tests sign as the API does', async () => {
    expect(await me(await sign(await claimsOf(), {}))).toBe('Zaphod Beeblebrox');
  });

  test('is refused when a part of it was changed', async () => {
    const [header, payload, signature] = (await login()).accessToken.split('.');
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), tid: 'platform' };
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(await me(`${header}.${forged}.${signature}`)).toEqual(refused);
    expect(await me(`${header}.${payload}.${signature.slice(0, -4)}AAAA`)).toEqual(refused);
    expect(await me(`${header}.${payload}.`)).toEqual(refused);
    expect(await me(`${header}.${payload}`)).toEqual(refused);
  });

  test.each([
    ['by another key', {}, 'another secret that is long enough for it'],
    ['by another key under no name', { kid: undefined }, 'another secret that is long enough for it'],
    ['as another kind of token', { typ: 'JWT' }, secret],
    ['by another algorithm', { alg: 'HS512' }, secret],
    ['under a name of a key that there is not', { kid: '../../dev/null' }, secret],
  ])('is refused when it was signed %s', async (_, header, by) => {
    expect(await me(await sign(await claimsOf(), header, by))).toEqual(refused);
  });

  test('is refused without a signature', async () => {
    const claims = await claimsOf();
    expect(await me(new UnsecuredJWT({ ...claims }).encode())).toEqual(refused);
    const header = { alg: 'none', typ: 'at+jwt', kid: hashOf(secret).slice(0, 8) };
    const parts = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url'));
    expect(await me(`${parts.join('.')}.`)).toEqual(refused);
  });

  test('is refused without what it should say', async () => {
    const { tid, sid, exp } = await claimsOf();
    for (const claims of [
      { tid, sid },
      { tid, exp },
      { sid, exp },
    ]) {
      expect(await me(await sign(claims, {}))).toEqual(refused);
    }
  });

  test('is refused when its time is over, also when it was seen before', async () => {
    const { tid, sid } = await claimsOf();
    const soon = await sign({ tid, sid, exp: Math.floor(Date.now() / 1000) + 2 }, {});
    expect(await me(soon)).toBe('Zaphod Beeblebrox');
    await new Promise(resolve => setTimeout(resolve, 2_100));
    expect(await me(soon)).toEqual({ status: 401, code: 'TOKEN_EXPIRED' });
    expect(await me(await sign({ tid, sid, exp: 1 }, {}))).toEqual({ status: 401, code: 'TOKEN_EXPIRED' });
  });

  test('is refused by another shop than its own', async () => {
    const { accessToken } = await login();
    const caller = app.caller({ authorization: `Bearer ${accessToken}`, 'x-tenant': 'platform' });
    const { errors } = await caller.send('{ me { name } }');
    expect(errors).toMatchObject([{ extensions: { code: 'TENANT_MISMATCH' } }]);
    const { sid, exp } = await claimsOf();
    expect(await me(await sign({ tid: 'platform', sid, exp }, {}))).toEqual({ status: 401, code: 'SESSION_ENDED' });
    expect(await me(await sign({ tid: sid, sid, exp }, {}))).toEqual(refused);
  });

  test('is refused after logout', async () => {
    const { accessToken } = await login();
    await app.caller({ authorization: `Bearer ${accessToken}` }).ask('mutation { logout { loggedOut } }');
    expect(await me(accessToken)).toEqual({ status: 401, code: 'SESSION_ENDED' });
  });

  test('of the secret before is taken, and new ones are signed by the first', async () => {
    const { tid, sid } = await claimsOf();
    const { token } = await new AccessTokens([before], 5).sign({ tenant: tid, session: sid });
    expect(await me(token)).toBe('Zaphod Beeblebrox');
    const [header] = (await login()).accessToken.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString()).kid).toBe(hashOf(secret).slice(0, 8));
  });

  test('says nothing of who somebody is', async () => {
    expect(Object.keys(await claimsOf()).sort()).toEqual(['exp', 'sid', 'tid']);
  });

  test('holds the role that its user has by now', async () => {
    const manager = await newUser(app, 'MANAGER');
    await manager.ask('{ users { totalCount } }');
    await app.change('updateUser', { id: manager.id, role: Role.ANALYST });
    const { errors } = await manager.send('{ users { totalCount } }');
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
