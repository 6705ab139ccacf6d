import type { Transact } from '../database/transactions.js';
import { isEmail } from '../email.js';
import { quote } from '../errors.js';
import { checkText } from '../input-checks.js';
import { ProblemCode, Problems } from '../problems.js';
import { TenantState } from './tenant.entity.js';
import { addTenant } from './tenant.service.js';

/** Somebody who registers a shop. */
export interface RegistrationValues {
  companyName: string;
  ownerName: string;
  ownerEmail: string;
  language: string;
  timeZone: string;
}

/**
 * Writes a shop into the registry whose tables and owner are made in the background, and gives its key.
 * @throws RefusedInput with all that is wrong with the values
 */
export function registerTenant(
  transact: Transact,
  { companyName, ownerName, ownerEmail, language, timeZone }: RegistrationValues,
): Promise<string> {
  return transact(async transaction => {
    const problems = new Problems();
    const name = checkText(problems, 'ownerName', ownerName)!;
    const email = checkText(problems, 'ownerEmail', ownerEmail)!;
    if (!isEmail(email)) {
      problems.add(ProblemCode.INVALID_EMAIL, 'ownerEmail', `${quote(ownerEmail)} is not an email address.`);
    }
    const registration = { ownerName: name, ownerEmail: email, language, timeZone };
    problems.throwIfAny();
    const values = { name: companyName, nameField: 'companyName' };
    return (await addTenant(transaction, values, TenantState.PROVISIONING, registration)).id;
  });
}
