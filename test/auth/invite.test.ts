import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Role } from '../../src/permissions.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { codes, goodPassword, invite, mailsTo, newEmail, newUser, tokenOf, tryLogin } from './people.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ settings: { APP_URL: 'https://shop.example/' } });
});
afterAll(() => app.close());

const activate = (token: string, more: object = {}) =>
  app.caller().change('activate', { token, password: goodPassword, ...more }, 'accessToken user { name state }');

describe('inviteUser', () => {
  test('makes somebody who has no password yet, and mails them a link', async () => {
    const email = newEmail();
    const { user, userErrors } = await app.change(
      'inviteUser',
      { email: ` ${email} `, name: ' Ford Prefect ', role: 'CLERK', timeZone: 'Europe/London', language: 'EN-gb' },
      'user { email name role state timeZone language version }',
    );
    expect(userErrors).toEqual([]);
    expect(user).toEqual({
      email,
      name: 'Ford Prefect',
      role: 'CLERK',
      state: 'INVITED',
      timeZone: 'Europe/London',
      language: 'en-GB',
      version: 1,
    });
    const [mail] = await mailsTo(app, email);
    expect(mail).toMatchObject({ schema: 'public', state: 'PENDING', subject: 'Your account at default' });
    expect(mail!.body).toMatch(/^Hello Ford Prefect,\n/);
    expect(mail!.body).toContain('https://shop.example/activate?tenant=default&token=');
  });

  test('writes in Danish to those whose language it is', async () => {
    const email = newEmail();
    await invite(app, email, 'CLERK', { name: 'Søren Æbelø', language: 'da-DK' });
    const [mail] = await mailsTo(app, email);
    expect(mail!.subject).toBe('Din konto hos default');
    expect(mail!.body).toMatch(/^Hej Søren Æbelø\n[^]*adgangskode/);
  });

  test('mails one address five times in an hour at the most, and counts nothing that is refused', async () => {
    const email = newEmail();
    const ask = (address: string, role = 'CLERK') =>
      app.change('inviteUser', { email: address, name: 'Ford', role }).then(codes);
    const manager = await newUser(app, 'MANAGER');
    const refused = await manager.change('inviteUser', { email, name: 'Ford', role: 'OWNER' });
    expect(codes(refused)).toEqual(['role: ROLE_NOT_ALLOWED']);
    for (const address of [email, ` ${email}`, email.toUpperCase(), email, email]) {
      expect(await ask(address)).toEqual([]);
    }
    expect(await ask(email)).toEqual(['TOO_MANY_ATTEMPTS']);
    expect(await mailsTo(app, email)).toHaveLength(5);
    // Another address for somebody who was invited is an invitation too.
    const id = await invite(app, newEmail(), 'CLERK');
    expect(codes(await app.change('updateUser', { id, email }))).toEqual(['TOO_MANY_ATTEMPTS']);
    expect(await ask(newEmail())).toEqual([]);
  });

  test('mails two hundred times in an hour from one shop at the most', async () => {
    const shop = await startTestApp();
    await invite(shop, newEmail(), 'CLERK');
    await shop.database.query('update platform.throttles set attempts = 199 where attempts = 1');
    await invite(shop, newEmail(), 'CLERK');
    const refused = await shop.change('inviteUser', { email: newEmail(), name: 'Ford', role: 'CLERK' }, 'user { id }');
    expect(refused).toMatchObject({ user: null, userErrors: [{ code: 'TOO_MANY_ATTEMPTS', field: null }] });
    expect(refused.userErrors[0]!.message).toMatch(/^It was tried too often; try again in \d+ minutes\.$/);
    await shop.close();
  });

  test('keeps of the token its hash alone', async () => {
    const email = newEmail();
    await invite(app, email, 'CLERK');
    const token = await tokenOf(app, email);
    const rows = await app.database.query<{ row: string }>('select account_tokens::text as row from account_tokens');
    expect(rows.filter(({ row }) => row.includes(token))).toEqual([]);
    expect(token).toMatch(/^[\w-]{43}$/);
  });

  test('lets nobody sign in before they have chosen a password', async () => {
    const email = newEmail();
    await invite(app, email, 'CLERK');
    expect(await tryLogin(app, email, '')).toEqual(['INVALID_CREDENTIALS']);
  });

  test('again for somebody who was invited renews the token and the values', async () => {
    const email = newEmail();
    const id = await invite(app, email, 'CLERK');
    const before = await tokenOf(app, email);
    expect(await invite(app, email.toUpperCase(), 'ANALYST', { name: 'Ford II' })).toBe(id);
    expect(await mailsTo(app, email)).toHaveLength(2);
    expect(codes(await activate(before))).toEqual(['token: INVALID_TOKEN']);
    expect(await activate(await tokenOf(app, email))).toMatchObject({ user: { name: 'Ford II', state: 'ACTIVE' } });
  });

  test('is refused for somebody who can sign in, or was deactivated', async () => {
    const { email, id } = await newUser(app, 'CLERK');
    const again = () => app.change('inviteUser', { email, name: 'X', role: 'CLERK' }, 'user { id name }');
    expect(await again()).toMatchObject({ userErrors: [{ code: 'EMAIL_TAKEN' }], user: { id, name: 'Ford' } });
    await app.change('deactivateUser', { id });
    expect(codes(await again())).toEqual(['email: EMAIL_TAKEN']);
    expect(await mailsTo(app, email)).toHaveLength(1);
  });

  test('makes one user of two that are invited at once', async () => {
    const email = newEmail();
    const ids = await Promise.all([invite(app, email, 'CLERK'), invite(app, email, 'CLERK')]);
    expect(new Set(ids).size).toBe(1);
  });

  test.each([
    ['an email address that is none', { email: 'ford' }, 'email: INVALID_EMAIL'],
    ['two email addresses', { email: 'a@x.example,b@x.example' }, 'email: INVALID_EMAIL'],
    ['signs that take apart lists', { email: 'a,b@x.example' }, 'email: INVALID_EMAIL'],
    ['an address with a name', { email: 'Ford<ford@x.example>' }, 'email: INVALID_EMAIL'],
    ['a line break in the address', { email: 'a@x.example\r\nbcc:b@x.example' }, 'email: INVALID_EMAIL'],
    ['an endless email address', { email: `${'a'.repeat(300)}@x.example` }, 'email: TOO_LONG'],
    ['no name', { name: '  ' }, 'name: REQUIRED'],
    ['a time zone that is none', { timeZone: 'Mars/Olympus' }, 'timeZone: UNKNOWN_TIME_ZONE'],
    ['an offset for a time zone', { timeZone: '+01:00' }, 'timeZone: UNKNOWN_TIME_ZONE'],
    ['an abbreviation for a time zone', { timeZone: 'CET' }, 'timeZone: UNKNOWN_TIME_ZONE'],
    ['a language that is none', { language: 'english, please' }, 'language: INVALID_LANGUAGE'],
    ['the role of the platform', { role: 'OPERATOR' }, 'role: ROLE_NOT_ALLOWED'],
  ])('is refused with %s', async (_, wrong, says) => {
    const input = { email: newEmail(), name: 'Ford', role: 'CLERK', ...wrong };
    const answer = await app.change('inviteUser', input, 'user { id }');
    expect(codes(answer)).toEqual([says]);
    expect(answer.user).toBeNull();
    expect(await mailsTo(app, input.email)).toEqual([]);
  });

  test.each([
    ['MANAGER', 'OWNER'],
    ['MANAGER', 'MANAGER'],
  ])('lets a %s not invite a %s', async (by, role) => {
    const inviter = await app.as(by as Role);
    const input = { email: newEmail(), name: 'Ford', role };
    expect(codes(await inviter.change('inviteUser', input))).toEqual(['role: ROLE_NOT_ALLOWED']);
  });

  test('lets a MANAGER not make a clerk of an owner who was invited', async () => {
    const email = newEmail();
    await invite(app, email, 'OWNER');
    const manager = await app.as(Role.MANAGER);
    const answer = await manager.change('inviteUser', { email, name: 'X', role: 'CLERK' }, 'user { role }');
    expect(codes(answer)).toEqual(['email: ROLE_NOT_ALLOWED']);
    expect(answer.user).toEqual({ role: 'OWNER' });
  });

  test.each([Role.CLERK, Role.ANALYST])('is not for a %s', async role => {
    const query = 'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { userErrors { code } } }';
    const { errors } = await (
      await app.as(role)
    ).send(query, { input: { email: newEmail(), name: 'F', role: 'CLERK' } });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  test('invites operators to the platform, and nobody else', async () => {
    const operator = await app.as(Role.OPERATOR);
    const email = newEmail();
    await invite(operator, email, 'OPERATOR');
    const [mail] = await mailsTo(app, email);
    expect(mail!.schema).toBe('platform');
    expect(mail!.body).toContain('tenant=platform');
    const input = { email: newEmail(), name: 'Ford', role: 'CLERK' };
    expect(codes(await operator.change('inviteUser', input))).toEqual(['role: ROLE_NOT_ALLOWED']);
    const token = await tokenOf(app, email);
    expect(codes(await activate(token))).toEqual(['token: INVALID_TOKEN']);
    const { user } = await app
      .caller({ 'x-tenant': 'platform' })
      .change('activate', { token, password: goodPassword }, 'user { role }');
    expect(user).toEqual({ role: 'OPERATOR' });
  });
});

describe('activate', () => {
  test('takes the password, and signs in', async () => {
    const email = newEmail();
    await invite(app, email, 'CLERK');
    const { accessToken, user } = await activate(await tokenOf(app, email), { name: 'Ford Prefect' });
    expect(user).toEqual({ name: 'Ford Prefect', state: 'ACTIVE' });
    const { me } = await app.caller({ authorization: `Bearer ${accessToken}` }).ask('{ me { email role } }');
    expect(me).toEqual({ email, role: 'CLERK' });
    expect(await tryLogin(app, email, goodPassword)).toEqual([]);
  });

  test('takes a token once, also of two who come at once', async () => {
    const email = newEmail();
    await invite(app, email, 'CLERK');
    const token = await tokenOf(app, email);
    const answers = await Promise.all([activate(token), activate(token)]);
    expect(answers.flatMap(codes)).toEqual(['token: INVALID_TOKEN']);
    expect(codes(await activate(token))).toEqual(['token: INVALID_TOKEN']);
  });

  test('refuses a token whose time is over, one of another purpose, and one that is none', async () => {
    const email = newEmail();
    await invite(app, email, 'CLERK');
    const token = await tokenOf(app, email);
    expect(codes(await app.caller().change('resetPassword', { token, password: goodPassword }))).toEqual([
      'token: INVALID_TOKEN',
    ]);
    await app.database.query(`update account_tokens set expires_at = now() - interval '1 ms'`);
    expect(codes(await activate(token))).toEqual(['token: INVALID_TOKEN']);
    expect(codes(await activate('42'))).toEqual(['token: INVALID_TOKEN']);
  });

  test('refuses the token of an invitation that was withdrawn', async () => {
    const email = newEmail();
    const id = await invite(app, email, 'CLERK');
    const token = await tokenOf(app, email);
    await app.change('deactivateUser', { id });
    expect(codes(await activate(token))).toEqual(['token: INVALID_TOKEN']);
    await app.change('reactivateUser', { id });
    expect(codes(await activate(token))).toEqual(['token: INVALID_TOKEN']);
    expect(codes(await activate(await tokenOf(app, email)))).toEqual([]);
  });

  test.each([
    ['nine characters', '123456789', ['password: INVALID_PASSWORD']],
    ['more than 200 characters', 'x'.repeat(201), ['password: INVALID_PASSWORD']],
  ])('refuses a password of %s, and keeps the token', async (_, password, says) => {
    const email = newEmail();
    await invite(app, email, 'CLERK');
    const token = await tokenOf(app, email);
    expect(codes(await activate(token, { password }))).toEqual(says);
    expect(codes(await activate(token, { password: '🐬'.repeat(200) }))).toEqual([]);
    expect(await tryLogin(app, email, '🐬'.repeat(200))).toEqual([]);
  });
});
