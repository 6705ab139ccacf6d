import { Address } from '../addresses/address.entity.js';
import { type Batch, groupByKey, rowByKey } from '../database/loaders.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import type { Table } from '../database/table.js';
import type { Contact } from './contact.js';
import { type AddressKind, Customer, CustomerAddress, telephoneKey } from './customer.entity.js';
import { emailKey } from '../email.js';

/** A customer by the key. */
export const customerById = rowByKey(Customer);

/** The customer who has an email address in any case, or a telephone number with any punctuation; null for none. */
export const customerByOwnContact: Batch<string, Row<Customer> | null, Contact['kind']> = (reader, contacts, kind) =>
  readByContact(reader, contacts, kind, table => `t.${table.column('id')}`);

/** As `customerByOwnContact`, but a duplicate's contact finds the customer whom it was merged into. */
export const customerByContact: Batch<string, Row<Customer> | null, Contact['kind']> = (reader, contacts, kind) =>
  readByContact(reader, contacts, kind, table => `coalesce(t.${table.column('mergedInto')}, t.${table.column('id')})`);

async function readByContact(
  reader: Reader,
  contacts: readonly string[],
  kind: Contact['kind'],
  found: (table: Table) => string,
): Promise<(Row<Customer> | null)[]> {
  const table = reader.table(Customer);
  const toKey = kind === 'email' ? emailKey : telephoneKey;
  const rows = await reader.run<Row<Customer> & { contact: string }>(
    `select ${table.columns('f')}, asked.contact from unnest($1::text[]) as asked(contact)
     join ${table.name} t on ${toKey(`t.${table.column(kind)}`)} = ${toKey('asked.contact')}
     join ${table.name} f on f.${table.column('id')} = ${found(table)}`,
    [contacts],
  );
  const byContact = new Map(rows.map(({ contact, ...row }) => [contact, row as Row<Customer>]));
  return contacts.map(contact => byContact.get(contact) ?? null);
}

/** A customer's addresses of a kind, or of both, each once, oldest first. */
export const addressesOfCustomer: Batch<string, Row<Address>[], { kind: AddressKind | null }> = async (
  reader,
  keys,
  { kind },
) => {
  const [addresses, links] = [reader.table(Address), reader.table(CustomerAddress)];
  const rows = await reader.run<Row<Address> & { owner: string }>(
    `select distinct l.${links.column('customer')} as owner, ${addresses.columns('t')}
     from ${links.name} l join ${addresses.name} t on t.${addresses.column('id')} = l.${links.column('address')}
     where l.${links.column('customer')} = any($1::uuid[]) and ($2::text is null or l.${links.column('kind')} = $2)
     order by t.${addresses.column('id')}`,
    [keys, kind],
  );
  return groupByKey(rows, row => row.owner, keys);
};
