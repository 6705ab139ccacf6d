import { readOne } from '../database/loaders.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { snapshotOf } from '../history/snapshot.js';
import { checkVersion, ProblemCode, Problems } from '../problems.js';
import { checkText, withoutNulls, withoutUndefined } from '../input-checks.js';
import { isEmail } from '../email.js';
import { type Contact, isTelephone } from './contact.js';
import { Customer } from './customer.entity.js';
import { customerByOwnContact } from './customer.loaders.js';
import { checkInUse, findByContacts, lockCustomers } from './find-customers.js';
import { quote } from '../errors.js';

/** Values of a customer as somebody gives them; what is undefined stays as it is. */
export interface CustomerValues {
  email?: string | null;
  telephone?: string | null;
  firstName?: string | null;
  lastName?: string | null;
}

/**
 * Makes a customer, and gives the key.
 * @throws RefusedInput with all that is wrong with the values, CONTACT_TAKEN among them
 */
export async function createCustomer(transaction: Transaction, values: CustomerValues): Promise<string> {
  const problems = new Problems();
  const customer = new Customer();
  const checked = checkValues(problems, values);
  await takeContacts(transaction, problems, customer, checked);
  return add(transaction, problems, customer, checked).id;
}

/**
 * Makes a customer of contacts that nobody had when they were looked up. When somebody has taken them since, the index
 * refuses it, and the transaction runs again and finds who has.
 * @throws RefusedInput with all that is wrong with the values
 */
export function addCustomer(transaction: Transaction, values: CustomerValues): Customer {
  const problems = new Problems();
  return add(transaction, problems, new Customer(), checkValues(problems, values));
}

function add(transaction: Transaction, problems: Problems, customer: Customer, checked: CheckedValues): Customer {
  assign(problems, customer, checked);
  problems.throwIfAny();
  transaction.em.persist(customer);
  recordChange(transaction, HistorySubject.CUSTOMER, customer, HistoryAction.CREATED, null);
  return customer;
}

/**
 * Changes a customer.
 * @throws RefusedInput with all that is wrong with the values, UNKNOWN_CUSTOMER, CUSTOMER_MERGED, CUSTOMER_ERASED or
 *   VERSION_CONFLICT
 */
export async function updateCustomer(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  values: CustomerValues,
): Promise<string> {
  const { id: customer } = await lockCustomers(transaction, { id: key });
  checkInUse(customer, 'id');
  checkVersion(customer, expectedVersion);
  const problems = new Problems();
  await change(transaction, problems, customer, checkValues(problems, values));
  return key;
}

/**
 * Finds a customer by the email address or the telephone number, whichever is known, and changes what else was given; or
 * makes one when both are new. Gives the key.
 * @throws RefusedInput with all that is wrong with the values, CONTACT_CLASH when they belong to two customers
 */
export async function upsertCustomer(transaction: Transaction, values: CustomerValues): Promise<string> {
  const problems = new Problems();
  const checked = checkValues(problems, withoutNulls(values));
  if (!checked.email && !checked.telephone) {
    problems.add(ProblemCode.CONTACT_REQUIRED, null, 'Give an email address, a telephone number or both.');
  }
  problems.throwIfAny();
  const customer = await findByContacts(transaction, checked);
  if (!customer) {
    return addCustomer(transaction, values).id;
  }
  await change(transaction, problems, customer, await withoutContactsOfDuplicates(transaction, customer, checked));
  return customer.id;
}

/** A customer’s values that were checked one by one. */
type CheckedValues = Partial<Pick<Customer, 'email' | 'telephone' | 'firstName' | 'lastName'>>;

async function change(
  transaction: Transaction,
  problems: Problems,
  customer: Customer,
  values: CheckedValues,
): Promise<void> {
  const before = snapshotOf(transaction, customer);
  await takeContacts(transaction, problems, customer, values);
  assign(problems, customer, values);
  problems.throwIfAny(customer.id);
  recordChange(transaction, HistorySubject.CUSTOMER, customer, HistoryAction.UPDATED, before);
}

function checkValues(problems: Problems, values: CustomerValues): CheckedValues {
  const checked = {
    email: checkContact(problems, 'email', values.email),
    telephone: checkContact(problems, 'telephone', values.telephone),
    firstName: checkText(problems, 'firstName', values.firstName, { required: false }),
    lastName: checkText(problems, 'lastName', values.lastName, { required: false }),
  };
  return withoutUndefined(checked);
}

/** Characters of an email address at the most, by RFC 5321; enough for a telephone number too. */
const maxContact = 254;

/** A contact as it is stored: null for none, undefined where the caller left it out. */
function checkContact(
  problems: Problems,
  kind: Contact['kind'],
  value: string | null | undefined,
): string | null | undefined {
  const text = value?.trim();
  if (text === undefined) {
    return value === null ? null : undefined;
  }
  if (kind === 'email' && !isEmail(text)) {
    const message = `${quote(value)} is not an email address; give one such as "arthur@cottington.example".`;
    problems.add(ProblemCode.INVALID_EMAIL, kind, message);
  }
  if (text.length > maxContact) {
    const message = `${kind} has ${text.length} characters, and ${maxContact} are the most.`;
    problems.add(ProblemCode.TOO_LONG, kind, message);
  }
  if (kind === 'telephone' && !isTelephone(text)) {
    const message = `${quote(value)} is not a telephone number; give one with 3 to 20 digits.`;
    problems.add(ProblemCode.INVALID_TELEPHONE, kind, message);
  }
  return text;
}

/** Gives a customer values, and reports what the customer lacks with them. */
function assign(problems: Problems, customer: Customer, values: CheckedValues): void {
  const { email = customer.email, telephone = customer.telephone } = values;
  const { firstName = customer.firstName ?? '', lastName = customer.lastName ?? '' } = values;
  Object.assign(customer, { email, telephone, firstName, lastName });
  if (email === null && telephone === null) {
    problems.add(ProblemCode.CONTACT_REQUIRED, null, 'Give an email address, a telephone number or both.');
  }
  if (firstName === '' && lastName === '') {
    problems.add(ProblemCode.REQUIRED, 'lastName', 'Give a given name, a family name or both.');
  }
}

/**
 * Reports contacts that another customer has. One of a duplicate that was merged into this customer is this customer's
 * own, and is taken from the duplicate.
 */
async function takeContacts(
  transaction: Transaction,
  problems: Problems,
  customer: Customer,
  values: CheckedValues,
): Promise<void> {
  const { em, reader } = transaction;
  for (const kind of ['email', 'telephone'] as const) {
    const value = values[kind];
    const owner = value ? await readOne(reader, customerByOwnContact, value, kind) : null;
    if (!owner || owner.id === customer.id) {
      continue;
    }
    if (owner.mergedInto === customer.id) {
      const duplicate = await em.findOneOrFail(Customer, owner.id);
      const before = snapshotOf(transaction, duplicate);
      duplicate[kind] = null;
      recordChange(transaction, HistorySubject.CUSTOMER, duplicate, HistoryAction.UPDATED, before);
      // Before the customer has it, since the index allows it once at any moment.
      await em.flush();
    } else {
      problems.add(ProblemCode.CONTACT_TAKEN, kind, `Another customer has the ${kind} ${quote(value)}.`);
    }
  }
}

/** Values without contacts by which a duplicate of the customer was found: they would take the place of the customer's own. */
async function withoutContactsOfDuplicates(
  { reader }: Transaction,
  customer: Customer,
  { email, telephone, ...names }: CheckedValues,
): Promise<CheckedValues> {
  const isDuplicates = async (kind: Contact['kind'], value: string | null | undefined) =>
    value ? (await readOne(reader, customerByOwnContact, value, kind))?.mergedInto === customer.id : false;
  return {
    ...names,
    ...(email !== undefined && !(await isDuplicates('email', email)) && { email }),
    ...(telephone !== undefined && !(await isDuplicates('telephone', telephone)) && { telephone }),
  };
}
