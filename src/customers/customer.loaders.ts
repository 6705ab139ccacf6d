import { Address } from '../addresses/address.entity.js';
import { type Batch, groupByKey, rowByKey } from '../database/loaders.js';
import type { Row } from '../database/row.js';
import type { Contact } from './contact.js';
import { type AddressKind, Customer, CustomerAddress, emailKey, telephoneKey } from './customer.entity.js';

/** A customer by the key. */
export const customerById = rowByKey(Customer);

/** A customer by an email address in any case, or a telephone number with any punctuation; null when there is none. */
export const customerByContact: Batch<string, Row<Customer> | null, Contact['kind']> = async (
  reader,
  contacts,
  kind,
) => {
  const table = reader.table(Customer);
  const toKey = kind === 'email' ? emailKey : telephoneKey;
  const rows = await reader.run<Row<Customer> & { contact: string }>(
    `select ${table.columns('t')}, asked.contact from unnest($1::text[]) as asked(contact)
     join ${table.name} t on ${toKey(`t.${table.column(kind)}`)} = ${toKey('asked.contact')}`,
    [contacts],
  );
  const byContact = new Map(rows.map(({ contact, ...row }) => [contact, row as Row<Customer>]));
  return contacts.map(contact => byContact.get(contact) ?? null);
};

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
