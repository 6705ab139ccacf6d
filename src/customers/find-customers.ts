import { LockMode } from '@mikro-orm/core';
import { readOne } from '../database/loaders.js';
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
  const byEmail = email ? await readOne(reader, customerByContact, email, 'email') : null;
  const byTelephone = telephone ? await readOne(reader, customerByContact, telephone, 'telephone') : null;
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
      problems.add(ProblemCode.UNKNOWN_CUSTOMER, field, 'There is no customer of this id.');
    }
    return [field, customer] as const;
  });
  problems.throwIfAny();
  return Object.fromEntries(found) as Record<Field, Customer>;
}

/**
 * Refuses a customer who is a duplicate of another, or of whom nothing is known any more.
 * @throws RefusedInput CUSTOMER_MERGED or CUSTOMER_ERASED
 */
export function checkInUse(customer: Customer, field: string): void {
  if (customer.mergedInto) {
    const message = 'The customer is a duplicate that was merged into another; use the one in its mergedInto.';
    throw refused(ProblemCode.CUSTOMER_MERGED, field, message, customer.id);
  }
  if (customer.erasedAt) {
    const message = `The customer’s personal values were erased at ${customer.erasedAt.toISOString()}; make a new customer.`;
    throw refused(ProblemCode.CUSTOMER_ERASED, field, message, customer.id);
  }
}
