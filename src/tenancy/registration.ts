import type { AccountSettings } from '../context.js';
import { invite } from '../auth/invite.js';
import { checkUserValues } from '../auth/user-values.js';
import { platformSchema } from '../database/schemas.js';
import type { Actor, Transact, Transaction } from '../database/transactions.js';
import { HistoryAction } from '../history/history-entry.entity.js';
import { recordUserChange } from '../history/record-user-change.js';
import { Role } from '../permissions.js';
import { Problems } from '../problems.js';
import { type Registration, type Tenant, TenantState } from './tenant.entity.js';
import { addTenant } from './tenant.service.js';

/** Who makes shops that somebody has registered, for the history. */
export const registrar: Actor = { name: 'registration', user: null };

/** Somebody who registers a shop. */
export interface RegistrationValues {
  companyName: string;
  owner: { name: string; email: string; language?: string | null; timeZone?: string | null };
}

/**
 * Writes a shop into the registry whose tables and owner are made in the background, and gives its key.
 * @throws RefusedInput with all that is wrong with the values
 */
export function registerTenant(transact: Transact, { companyName, owner }: RegistrationValues): Promise<string> {
  return transact(async transaction => {
    // Whatever shop the request is for, the registry's history is the platform's.
    const em = transaction.em.fork({ schema: platformSchema, keepTransactionContext: true });
    const platform = { ...transaction, em, actor: registrar };
    const problems = new Problems();
    const checked = await problems.within('owner', async () => checkOwner(owner));
    const tenant = await problems.within(null, () =>
      addTenant(platform, { name: companyName, nameField: 'companyName' }, TenantState.PROVISIONING, checked ?? null),
    );
    problems.throwIfAny();
    await em.flush();
    return tenant!.id;
  });
}

function checkOwner({ name, email, language, timeZone }: RegistrationValues['owner']): Registration {
  const problems = new Problems();
  const values = checkUserValues(problems, { name, email, language: language ?? 'en', timeZone: timeZone ?? 'UTC' });
  problems.throwIfAny();
  return {
    ownerName: values.name!,
    ownerEmail: values.email!,
    language: values.language!,
    timeZone: values.timeZone!,
  };
}

/** Makes who registered a shop its owner, and mails them a token to activate the account. */
export async function inviteOwner(
  transaction: Transaction,
  { schema, name, registration }: Tenant,
  { appUrl }: Pick<AccountSettings, 'appUrl'>,
): Promise<void> {
  const { ownerName, ownerEmail, language, timeZone } = registration!;
  const em = transaction.em.fork({ schema, keepTransactionContext: true });
  const owner = { name: ownerName, email: ownerEmail, role: Role.OWNER, language, timeZone };
  const shop = { ...transaction, em };
  const user = await invite(shop, { appUrl, tenant: name }, owner);
  recordUserChange(shop, user, HistoryAction.CREATED, null);
  await em.flush();
}
