import { LockMode } from '@mikro-orm/core';
import { readOne } from '../database/loaders.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { LostRace, type Transaction } from '../database/transactions.js';
import { ProblemCode, Problems, refused } from '../problems.js';
import { Customer } from './customer.entity.js';
import { customerByContact } from './customer.loaders.js';
import { quote } from '../errors.js';

/** Contacts of a customer as somebody gives them. */
export interface Contacts {
  email?: string | null | undefined;
  telephone?: string | null | undefined;
}

/**
 * The customer whom contacts belong to, locked: a duplicate's contacts are its survivor's. Undefined when nobody has them.
 * A clash of two customers is reported, not guessed.
 * @throws RefusedInput CONTACT_CLASH
 */
export async function findByContacts(
  { em, reader }: Transaction,
  { email, telephone }: Contacts,
): Promise<Customer | undefined> {
  const [byEmail, byTelephone] = await Promise.all([
    email ? readOne(reader, customerByContact, email, 'email') : null,
    telephone ? readOne(reader, customerByContact, telephone, 'telephone') : null,
  ]);
  if (byEmail && byTelephone && byEmail.id !== byTelephone.id) {
    const message = `${quote(email)} belongs to one customer and ${quote(telephone)} to another; merge them, or give one of the two.`;
    throw refused(ProblemCode.CONTACT_CLASH, null, message);
  }
  const found = byEmail ?? byTelephone;
  if (!found) {
    return undefined;
  }
  const customer = await em.findOneOrFail(Customer, found.id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (customer.mergedInto || customer.erasedAt) {
    throw new LostRace('The customer was merged or erased while its lock was waited for.');
  }
  return customer;
}

const unknown = 'There is no customer of this id.';

/**
 * Customers by their keys, locked in the keys' order, so that two who lock the same ones do not wait for each other.
 * @throws RefusedInput UNKNOWN_CUSTOMER with the field of a key that nobody has
 */
export async function lockCustomers<Field extends string>(
  { em }: Transaction,
  keys: Record<Field, string>,
): Promise<Record<Field, Customer>> {
  const wanted = Object.entries<string>(keys);
  const customers = await em.find(
    Customer,
    { id: { $in: wanted.map(([, key]) => key) } },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  const problems = new Problems();
  const found = wanted.map(([field, key]) => {
    const customer = customers.find(({ id }) => id === key);
    if (!customer) {
      problems.add(ProblemCode.UNKNOWN_CUSTOMER, field, unknown);
    }
    return [field, customer] as const;
  });
  problems.throwIfAny();
  return Object.fromEntries(found) as Record<Field, Customer>;
}

/** The row of a customer, locked; undefined when there is none. */
export async function lockCustomerRow(reader: Reader, key: string): Promise<Row<Customer> | undefined> {
  const customers = reader.table(Customer);
  const [row] = await reader.run<Row<Customer>>(
    `select ${customers.columns('c')} from ${customers.name} c where c.${customers.column('id')} = $1::uuid for update`,
    [key],
  );
  return row;
}

/**
 * Refuses a customer whom there is not, or no more, by the field `id`.
 * @throws RefusedInput UNKNOWN_CUSTOMER, CUSTOMER_MERGED or CUSTOMER_ERASED
 */
export function checkKnown(customer: Row<Customer> | undefined): Row<Customer> {
  if (!customer) {
    throw refused(ProblemCode.UNKNOWN_CUSTOMER, 'id', unknown);
  }
  checkInUse(customer, 'id');
  return customer;
}

/**
 * Refuses a customer who is a duplicate of another, or of whom nothing is known any more.
 * @throws RefusedInput CUSTOMER_MERGED or CUSTOMER_ERASED
 */
export function checkInUse(customer: Pick<Customer, 'id' | 'erasedAt'> & { mergedInto: unknown }, field: string): void {
  if (customer.mergedInto) {
    const message = 'The customer is a duplicate that was merged into another; use the one in its mergedInto.';
    throw refused(ProblemCode.CUSTOMER_MERGED, field, message, customer.id);
  }
  if (customer.erasedAt) {
    const message = `The customer’s personal values were erased at ${customer.erasedAt.toISOString()}; make a new customer.`;
    throw refused(ProblemCode.CUSTOMER_ERASED, field, message, customer.id);
  }
}
