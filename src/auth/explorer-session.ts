import type { Reader } from '../database/reader.js';
import type { Transact } from '../database/transactions.js';
import type { AccessTokens } from './access-tokens.js';
import { startSession } from './sessions.js';
import { userByEmail } from './sign-in.js';
import { UserState } from './user.entity.js';

/** How long the token of a page lasts that a developer has opened, in minutes. */
const workingDay = 12 * 60;

/**
 * Signs the explorers in as somebody, as long as there is an active user with this email address. For development alone:
 * whoever opens the page may do what they may.
 * @param tenant gives the id of the tenant that they are a user of
 */
export function signedInHeaders(
  { reader, transact, tokens }: { reader: Reader; transact: Transact; tokens: AccessTokens },
  tenant: () => Promise<string>,
  email: string,
): () => Promise<Record<string, string>> {
  const client = { address: undefined, userAgent: 'GraphiQL or Apollo Sandbox' };
  return async (): Promise<Record<string, string>> => {
    const user = await userByEmail(reader, email);
    if (user?.state !== UserState.ACTIVE) {
      return {};
    }
    const { session } = await transact(transaction => startSession(transaction, user.id, client, 1));
    const { token } = await tokens.sign({ tenant: await tenant(), session }, workingDay);
    return { authorization: `Bearer ${token}` };
  };
}
