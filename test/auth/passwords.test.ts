import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import argon2 from 'argon2';
import { startTestApp, type TestApp } from '../support/app.js';
import { codes, goodPassword, invite, mailsTo, newEmail, newUser, tokenOf, tryLogin } from './people.js';

const other = 'what do you get if you multiply six by nine';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ settings: { APP_URL: 'https://shop.example' } });
});
beforeEach(() => app.database.query('delete from platform.throttles'));
afterEach(() => void jest.restoreAllMocks());
afterAll(() => app.close());

const request = (email: string) => app.caller().change('requestPasswordReset', { email }, 'requested');
const reset = (token: string, password = other) => app.caller().change('resetPassword', { token, password });
const isSignedIn = async ({ send }: { send: TestApp['send'] }) => (await send('{ me { id } }')).errors === undefined;

describe('changePassword', () => {
  const change = (user: { change: TestApp['change'] }, currentPassword: string, newPassword = other) =>
    user.change('changePassword', { currentPassword, newPassword }, 'passwordChanged');

  test('takes another password, and ends all other sessions', async () => {
    const user = await newUser(app, 'CLERK');
    const { accessToken } = await app
      .caller()
      .change('login', { email: user.email, password: goodPassword }, 'accessToken');
    const elsewhere = app.caller({ authorization: `Bearer ${accessToken}` });
    expect(await isSignedIn(elsewhere)).toBe(true);
    expect(await change(user, goodPassword)).toMatchObject({ passwordChanged: true, userErrors: [] });
    expect(await isSignedIn(user)).toBe(true);
    expect(await isSignedIn(elsewhere)).toBe(false);
    expect(await tryLogin(app, user.email, goodPassword)).toEqual(['INVALID_CREDENTIALS']);
    expect(await tryLogin(app, user.email, other)).toEqual([]);
  });

  test('tells its owner by mail, and makes tokens of mails before useless', async () => {
    const user = await newUser(app, 'CLERK');
    await request(user.email);
    const token = await tokenOf(app, user.email);
    await change(user, goodPassword);
    expect((await mailsTo(app, user.email)).at(-1)!.subject).toBe('Your password for default was changed');
    expect(codes(await reset(token))).toEqual(['token: INVALID_TOKEN']);
  });

  test('refuses a wrong password, ten times', async () => {
    const user = await newUser(app, 'CLERK');
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      expect(codes(await change(user, 'wrong'))).toEqual(['currentPassword: INVALID_CREDENTIALS']);
    }
    expect(codes(await change(user, goodPassword))).toEqual(['TOO_MANY_ATTEMPTS']);
  });

  test('refuses a new password that is too short, without counting it', async () => {
    const user = await newUser(app, 'CLERK');
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      expect(codes(await change(user, goodPassword, 'short'))).toEqual(['newPassword: INVALID_PASSWORD']);
    }
    expect(codes(await change(user, goodPassword))).toEqual([]);
  });

  test('lets one of two win who change it at once', async () => {
    const user = await newUser(app, 'CLERK');
    const answers = await Promise.all([change(user, goodPassword, 'the first of two'), change(user, goodPassword)]);
    expect(answers.flatMap(codes)).toEqual(['currentPassword: INVALID_CREDENTIALS']);
  });

  test('is only for people who have signed in', async () => {
    const query = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }';
    const { errors } = await app.caller().send(query, { input: { currentPassword: '', newPassword: other } });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('requestPasswordReset', () => {
  test('mails a link, in which the token is', async () => {
    const { email } = await newUser(app, 'CLERK');
    expect(await request(email.toUpperCase())).toMatchObject({ requested: true, userErrors: [] });
    const mail = (await mailsTo(app, email)).at(-1)!;
    expect(mail.subject).toBe('A new password for default');
    expect(mail.body).toContain('https://shop.example/reset-password?tenant=default&token=');
    expect(mail.body).toContain('within 60 minutes');
  });

  test('answers the same for those who have no account, and mails nobody', async () => {
    const invited = newEmail();
    await invite(app, invited, 'CLERK');
    const gone = await newUser(app, 'CLERK');
    await app.change('deactivateUser', { id: gone.id });
    const { email } = await newUser(app, 'CLERK');
    const answers = await Promise.all([email, 'nobody@people.example', invited, gone.email, 'no address'].map(request));
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
    expect(await mailsTo(app, 'nobody@people.example')).toEqual([]);
    expect(await mailsTo(app, invited)).toHaveLength(1);
    expect(await mailsTo(app, gone.email)).toHaveLength(1);
    expect(await mailsTo(app, email)).toHaveLength(2);
  });

  test('is throttled for an account alike, whether there is one or not', async () => {
    const { email } = await newUser(app, 'CLERK');
    const answers: string[][] = [];
    for (const asked of [email, 'nobody@people.example']) {
      const said = await Promise.all(Array.from({ length: 8 }, () => request(asked)));
      answers.push(said.flatMap(codes));
    }
    expect(answers).toEqual([Array(3).fill('TOO_MANY_ATTEMPTS'), Array(3).fill('TOO_MANY_ATTEMPTS')]);
    expect(await mailsTo(app, email)).toHaveLength(6);
  });

  test('is throttled for an address, whoever is asked for', async () => {
    const answers = await Promise.all(Array.from({ length: 52 }, (_, index) => request(`${index}@people.example`)));
    expect(answers.flatMap(codes)).toEqual(['TOO_MANY_ATTEMPTS', 'TOO_MANY_ATTEMPTS']);
  });

  test('works on the platform', async () => {
    const email = 'operator@pier2.example';
    await app.caller({ 'x-tenant': 'platform' }).change('requestPasswordReset', { email });
    expect((await mailsTo(app, email)).map(({ schema }) => schema)).toEqual(['platform']);
    const token = await tokenOf(app, email);
    expect(codes(await reset(token))).toEqual(['token: INVALID_TOKEN']);
    const password = other;
    expect(codes(await app.caller({ 'x-tenant': 'platform' }).change('resetPassword', { token, password }))).toEqual(
      [],
    );
    expect(await tryLogin(app, email, other, { 'x-tenant': 'platform' })).toEqual([]);
  });
});

describe('resetPassword', () => {
  test('takes another password and ends all sessions', async () => {
    const user = await newUser(app, 'CLERK');
    await request(user.email);
    expect(codes(await reset(await tokenOf(app, user.email)))).toEqual([]);
    expect(await isSignedIn(user)).toBe(false);
    const { refreshToken } = user;
    expect(codes(await app.caller().change('refreshSession', { refreshToken }))).toEqual([
      'refreshToken: INVALID_TOKEN',
    ]);
    expect(await tryLogin(app, user.email, goodPassword)).toEqual(['INVALID_CREDENTIALS']);
    expect(await tryLogin(app, user.email, other)).toEqual([]);
    expect((await mailsTo(app, user.email)).at(-1)!.subject).toBe('Your password for default was changed');
  });

  test('takes a token once, and only the latest', async () => {
    const { email } = await newUser(app, 'CLERK');
    await request(email);
    const first = await tokenOf(app, email);
    await request(email);
    const latest = await tokenOf(app, email);
    expect(codes(await reset(first))).toEqual(['token: INVALID_TOKEN']);
    const answers = await Promise.all([reset(latest), reset(latest)]);
    expect(answers.flatMap(codes)).toEqual(['token: INVALID_TOKEN']);
  });

  test('refuses a token whose time is over, and a password that is too short', async () => {
    const { email } = await newUser(app, 'CLERK');
    await request(email);
    const token = await tokenOf(app, email);
    expect(codes(await reset(token, 'short'))).toEqual(['password: INVALID_PASSWORD']);
    await app.database.query(`update account_tokens set expires_at = now() - interval '1 ms'`);
    expect(codes(await reset(token))).toEqual(['token: INVALID_TOKEN']);
  });

  test('hashes nothing for a token that is none', async () => {
    const hash = jest.spyOn(argon2, 'hash');
    await reset('none');
    expect(hash).not.toHaveBeenCalled();
  });

  test('lets somebody in whose account others have locked by guessing', async () => {
    const { email } = await newUser(app, 'CLERK');
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      await tryLogin(app, email, 'wrong');
    }
    expect(await tryLogin(app, email, goodPassword)).toEqual(['TOO_MANY_ATTEMPTS']);
    await request(email);
    await reset(await tokenOf(app, email));
    expect(await tryLogin(app, email, other)).toEqual([]);
  });
});
