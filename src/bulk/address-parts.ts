import { Refusal, shown } from './refusal.js';
import type { Fields } from './fields.js';
import type { ReadingContext, StagingTable, TableName } from './import-kind.js';
import { staged } from './import-kind.js';

/** The columns that an address consists of, with their keys in a line, in the order of the format. */
const parts = {
  line1: 'line1',
  line2: 'line2',
  city: 'city',
  state: 'state',
  zip_code: 'zipCode',
  country_code: 'countryCode',
} as const;

/** The keys of an address in a line. */
export const addressKeys = Object.values(parts);

/** The columns of an address in SQL. */
export const addressColumns = Object.keys(parts);

/** The columns of an address under the keys of a line, for a SELECT. */
export function selectAddress(alias: string): string {
  return Object.entries(parts)
    .map(([column, key]) => `${alias}.${column} as "${key}"`)
    .join(', ');
}

/** Those columns as a list, such as for a comparison or a grouping. */
export function addressList(alias: string): string {
  return addressColumns.map(column => `${alias}.${column}`).join(', ');
}

/** Those columns for an ORDER BY that every server answers alike. */
export function addressOrder(alias: string): string {
  return addressColumns.map(column => `${alias}.${column} collate "C"`).join(', ');
}

/** Addresses of lines; `stored_id` is filled where the database has the same one for the same purpose. */
export const stagedAddresses: StagingTable = {
  name: 'import_addresses',
  columns: { line: 'int', id: 'uuid', ...Object.fromEntries(addressColumns.map(column => [column, 'text'])) },
  filled: { stored_id: 'uuid' },
};

/**
 * The values of an address, in the order of `addressColumns`.
 * @throws Refusal when one is wrong
 */
export function readAddress(fields: Fields, { countries }: ReadingContext): string[] {
  const countryCode = fields.text('countryCode');
  if (!countries.has(countryCode)) {
    throw new Refusal(
      'UNKNOWN_COUNTRY',
      `There is no country ${shown(countryCode)}; use a code of ISO 3166-1, such as "GB".`,
    );
  }
  return [
    fields.text('line1'),
    fields.optionalText('line2', { blank: true }) ?? '',
    fields.text('city'),
    fields.optionalText('state', { blank: true }) ?? '',
    fields.text('zipCode'),
    countryCode,
  ];
}

/** Whether two addresses are the same, as a key of a map. */
export function addressKey(values: readonly string[]): string {
  return JSON.stringify(values);
}

/** Writes the addresses that were not found. */
export function writeAddresses(table: TableName): string {
  return `insert into ${table('addresses')} (id, ${addressColumns.join(', ')})
    select a.id, ${addressList('a')} from ${staged('import_addresses')} a where a.stored_id is null order by a.line`;
}
