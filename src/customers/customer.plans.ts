import { Address } from '../addresses/address.entity.js';
import { emailKey } from '../email.js';
import type { Planner } from '../plans/planned.js';
import { parseContact } from './contact.js';
import { type AddressKind, Customer, CustomerAddress, telephoneKey } from './customer.entity.js';

/** The customer who has a contact, or whom the one who has it was merged into. */
export const customerOfContact: Planner<{ contact: string }> = ({ writer }, { contact }) => {
  const { kind, value } = parseContact(contact);
  const table = writer.table(Customer);
  const toKey = kind === 'email' ? emailKey : telephoneKey;
  const owner = writer.alias();
  const own = (property: string) => `${owner}.${table.column(property)}`;
  const asked = writer.parameter(value, 'text');
  return {
    kind: 'row',
    entity: Customer,
    from: alias => `from ${table.name} ${owner}
      join ${table.name} ${alias} on ${alias}.${table.column('id')} = coalesce(${own('mergedInto')}, ${own('id')})
      where ${toKey(own(kind))} = ${toKey(asked)}`,
  };
};

/** A customer's addresses of a kind, or of both, each once, oldest first. */
export const addressesUsed: Planner<{ kind?: AddressKind | null }> = ({ writer, column }, { kind }) => {
  const [addresses, links] = [writer.table(Address), writer.table(CustomerAddress)];
  const link = writer.alias();
  const conditions = writer.conditions(links, link);
  conditions.add(`${link}.${links.column('customer')} = ${column('id')}`);
  conditions.equals('kind', kind);
  return {
    kind: 'rows',
    entity: Address,
    from: alias => `from ${addresses.name} ${alias} where ${alias}.${addresses.column('id')} in (
      select ${link}.${links.column('address')} from ${links.name} ${link} ${conditions.where()})`,
    orderBy: alias => `${alias}.${addresses.column('id')}`,
  };
};
