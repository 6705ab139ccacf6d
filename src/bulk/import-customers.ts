import { AddressKind, telephoneKey } from '../customers/customer.entity.js';
import { emailKey } from '../email.js';
import { newId } from '../database/new-id.js';
import { HistorySubject } from '../history/history-entry.entity.js';
import { addressKey, addressKeys, readAddress, stagedAddresses, writeAddresses } from './address-parts.js';
import { type Claim, findClaims, idClaim } from './claims.js';
import { readEmail, readTelephone } from './contacts.js';
import type { Fields } from './fields.js';
import {
  type ImportKind,
  type ReadingContext,
  staged,
  type StagedRows,
  subjectColumns,
  type TableName,
} from './import-kind.js';
import { Refusal } from './refusal.js';

const table = 'import_customers';
const links = 'import_customer_addresses';
const addressFields = new Set(['kind', ...addressKeys]);

/** How customers are imported, with their addresses. */
export const importCustomers: ImportKind = {
  name: 'customers',
  subjects: { table, type: HistorySubject.CUSTOMER },
  staging: [
    {
      name: table,
      columns: {
        ...subjectColumns,
        email: 'text',
        telephone: 'text',
        first_name: 'text',
        last_name: 'text',
        merged_into_id: 'uuid',
        erased_at: 'timestamptz(3)',
      },
    },
    { name: links, columns: { line: 'int', customer_id: 'uuid', kind: 'text', address_id: 'uuid' } },
    stagedAddresses,
  ],
  keys: new Set(['id', 'email', 'telephone', 'firstName', 'lastName', 'mergedInto', 'erasedAt', 'addresses']),
  read: (fields, context) => {
    const customer = readCustomer(fields);
    return {
      [table]: [[context.line, customer.id, newId(), ...customer.values]],
      ...readAddresses(fields, customer.id, context),
    };
  },
  // A survivor must not become a duplicate itself before this batch is committed.
  resolve: name => [
    `select from ${name('customers')} where id in (select merged_into_id from ${staged(table)}) order by id for share`,
  ],
  problems: name => `
    select s.line, case when t.id is null and count(o.line) = 0 then 'UNKNOWN_CUSTOMER' else 'CUSTOMER_MERGED' end as code,
      'Customer_' || s.merged_into_id as value
    from ${staged(table)} s
    left join ${name('customers')} t on t.id = s.merged_into_id
    left join ${staged(table)} o on o.id = s.merged_into_id and o.line < s.line
    where s.merged_into_id is not null
    group by s.line, s.merged_into_id, t.id, t.merged_into_id
    having t.merged_into_id is not null
      or t.id is null and count(o.line) filter (where o.merged_into_id is null) = 0`,
  claims: name => findClaims([idClaim(name, table, 'customers', 'Customer'), ...contactClaims(name)]),
  needs: name => `
    select s.line, o.line as needed, 'Customer_' || s.merged_into_id as value from ${staged(table)} s join ${staged(table)} o on o.id = s.merged_into_id
    where o.line < s.line and o.merged_into_id is null
      and not exists (select from ${name('customers')} t where t.id = s.merged_into_id)`,
  write: name => [
    writeAddresses(name),
    `insert into ${name('customers')} (id, email, telephone, first_name, last_name, merged_into_id, erased_at)
     select id, email, telephone, first_name, last_name, merged_into_id, erased_at from ${staged(table)} order by line`,
    `insert into ${name('customer_addresses')} (customer_id, kind, address_id)
     select customer_id, kind, address_id from ${staged(links)} order by line`,
  ],
};

/** The values of a customer, which must be together what a customer is. */
function readCustomer(fields: Fields): { id: string; values: (string | null)[] } {
  const id = fields.id('Customer');
  const [email, telephone] = [readEmail(fields, 'email'), readTelephone(fields, 'telephone')];
  const [firstName, lastName] = ['firstName', 'lastName'].map(name => fields.optionalText(name, { blank: true }) ?? '');
  const mergedInto = fields.optionalId('mergedInto', 'Customer');
  const erasedAt = fields.raw('erasedAt') === undefined ? undefined : fields.instant('erasedAt');
  if (mergedInto === id) {
    throw fields.refuse('SAME_CUSTOMER', 'mergedInto', 'name another customer, or leave it out');
  }
  const personal = [email, telephone, firstName, lastName, fields.list('addresses', addressFields)[0]];
  if (erasedAt !== undefined && personal.some(Boolean)) {
    throw fields.refuse(
      'CUSTOMER_ERASED',
      'erasedAt',
      'leave it out, or leave out the contacts, the name and the addresses',
    );
  }
  if (erasedAt === undefined && /^ *$/.test(firstName! + lastName!)) {
    throw new Refusal('NAME_REQUIRED', 'firstName and lastName are blank; give one of them.');
  }
  if (email === undefined && telephone === undefined && mergedInto === undefined && erasedAt === undefined) {
    throw new Refusal('CONTACT_REQUIRED', 'email and telephone are missing; give one of them.');
  }
  const values = [email, telephone, firstName, lastName, mergedInto, erasedAt];
  return { id, values: values.map(value => value ?? null) };
}

/** One row for each address, which may serve for both kinds. */
function readAddresses(fields: Fields, customer: string, context: ReadingContext): StagedRows {
  const { line } = context;
  const ids = new Map<string, string>();
  const used = new Set<string>();
  const rows = { [links]: [] as string[][], import_addresses: [] as string[][] };
  for (const entry of fields.list('addresses', addressFields)) {
    const kind = entry.oneOf('kind', Object.values(AddressKind));
    const values = readAddress(entry, context);
    const key = addressKey(values);
    if (used.has(kind + key)) {
      throw new Refusal('DUPLICATE_ADDRESS', `addresses has the ${kind} address ${values[0]} twice; give it once.`);
    }
    used.add(kind + key);
    if (!ids.has(key)) {
      ids.set(key, newId());
      rows.import_addresses.push([String(line), ids.get(key)!, ...values]);
    }
    rows[links].push([String(line), customer, kind, ids.get(key)!]);
  }
  return rows;
}

function contactClaims(name: TableName): Claim[] {
  const contacts = [
    { code: 'DUPLICATE_EMAIL', column: 'email', keyOf: emailKey },
    { code: 'DUPLICATE_TELEPHONE', column: 'telephone', keyOf: telephoneKey },
  ] as const;
  return contacts.map(({ code, column, keyOf }) => ({
    code,
    table,
    key: keyOf(`s.${column}`),
    value: `s.${column}`,
    taken: `exists (select from ${name('customers')} t where ${keyOf(`t.${column}`)} = ${keyOf(`s.${column}`)})`,
  }));
}
