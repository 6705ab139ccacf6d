import { AccountTokenPurpose } from '../auth/account-token.entity.js';
import { checkToken, takeToken } from '../auth/account-tokens.js';
import { checkPassword, hashPassword } from '../auth/passwords.js';
import { type OpenSession, startSession } from '../auth/sessions.js';
import { UserState } from '../auth/user.entity.js';
import { checkUserValues } from '../auth/user-values.js';
import type { RequestContext } from '../context.js';
import { HistoryAction } from '../history/history-entry.entity.js';
import { recordUserChange, snapshotOfUser } from '../history/record-user-change.js';
import { Problems } from '../problems.js';

/**
 * Gives somebody who was invited the password that they chose, and signs them in.
 * @throws RefusedInput INVALID_PASSWORD, INVALID_TOKEN, or what is wrong with the name
 */
export async function activate(
  { reader, transact, client, accounts }: RequestContext,
  token: string,
  password: string,
  name: string | undefined,
): Promise<OpenSession> {
  const problems = new Problems();
  checkPassword(problems, 'password', password);
  const values = checkUserValues(problems, { name });
  problems.throwIfAny();
  await checkToken(reader, token, AccountTokenPurpose.ACTIVATE);
  const passwordHash = await hashPassword(password);
  return transact(async transaction => {
    const user = await takeToken(transaction, token, AccountTokenPurpose.ACTIVATE);
    const before = snapshotOfUser(transaction, user);
    Object.assign(user, { ...values, passwordHash, state: UserState.ACTIVE });
    // Nobody has signed in yet, and it is them.
    const themselves = { ...transaction, actor: { name: user.name, user: user.id } };
    recordUserChange(themselves, user, HistoryAction.ACTIVATED, before);
    return startSession(transaction, user.id, client, accounts.sessionDays);
  });
}
