import type { Caller, TestApp } from '../support/app.js';

/** A password as people should choose them. */
export const goodPassword = 'so long and thanks for all the fish';

/** A mail of the outbox. */
export interface OutboxMail {
  schema: string;
  recipient: string;
  subject: string;
  body: string;
  state: string;
}

let number = 0;

/** An email address that nobody has. */
export function newEmail(): string {
  return `person-${(number += 1)}@people.example`;
}

/** The mails to an address, the oldest first. */
export function mailsTo({ database }: TestApp, email: string): Promise<OutboxMail[]> {
  return database.query<OutboxMail & { id: string }>(
    'select schema, recipient, subject, body, state from platform.mails where recipient = $1 order by created_at, id',
    [email],
  );
}

/** The token in the link of the latest mail to an address. */
export async function tokenOf(app: TestApp, email: string): Promise<string> {
  const mail = (await mailsTo(app, email)).findLast(({ body }) => body.includes('token='));
  return new URL(/https?:\S+/.exec(mail!.body)![0]).searchParams.get('token')!;
}

/** Invites somebody, and gives their id. */
export async function invite({ change }: Caller, email: string, role: string, more: object = {}): Promise<string> {
  const { user, userErrors } = await change('inviteUser', { email, name: 'Ford', role, ...more }, 'user { id }');
  if (!user || userErrors.length > 0) {
    throw new Error(`Nobody was invited: ${JSON.stringify(userErrors)}`);
  }
  return user.id;
}

/** Somebody of a role who was invited, has chosen a password and is signed in. */
export async function newUser(
  app: TestApp,
  role: string,
  inviter: Caller = app,
  tenant: Record<string, string> = {},
): Promise<Caller & { id: string; email: string; refreshToken: string }> {
  const email = newEmail();
  const id = await invite(inviter, email, role);
  const { accessToken, refreshToken } = await app
    .caller(tenant)
    .change('activate', { token: await tokenOf(app, email), password: goodPassword }, 'accessToken refreshToken');
  return { ...app.caller({ authorization: `Bearer ${accessToken}`, ...tenant }), id, email, refreshToken };
}

/** Signs in, and gives the codes of what is wrong; none when it works. */
export async function tryLogin(
  app: TestApp,
  email: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<string[]> {
  return codes(await app.caller(headers).change('login', { email, password }));
}

/** What is wrong, as `field: CODE`. */
export function codes({ userErrors }: { userErrors: { code: string; field: string | null }[] }): string[] {
  return userErrors.map(({ code, field }) => (field === null ? code : `${field}: ${code}`));
}
