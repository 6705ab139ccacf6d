import { accountOf } from '../auth/sign-in.js';
import { countDone, type Limit } from '../auth/throttle.js';
import type { RequestContext } from '../context.js';

/** Invitations that one email address gets from one shop. */
const invitationsOfAddress: Limit = { name: 'invite address', most: 5, minutes: 60 };

/** Invitations that one shop sends, to whomever: whose account was stolen must not send mails to all the world. */
const invitationsOfShop: Limit = { name: 'invite shop', most: 200, minutes: 60 };

/**
 * A context whose transaction counts as an invitation.
 * @param email whom the mail goes to, where the request says so
 */
export function countInvitation(context: RequestContext, email: string | undefined): RequestContext {
  const { reader, tenant, transact } = context;
  const ofShop: [Limit, string] = [invitationsOfShop, tenant.schema];
  const counts = email === undefined ? [ofShop] : [ofShop, [invitationsOfAddress, accountOf(tenant, email)] as const];
  return { ...context, transact: work => countDone(reader, counts, () => transact(work)) };
}
