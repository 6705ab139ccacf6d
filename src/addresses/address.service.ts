import { countryByCode } from '../countries/country.loaders.js';
import { Country } from '../countries/country.entity.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import type { Transaction } from '../database/transactions.js';
import { type Problems, ProblemCode } from '../problems.js';
import { checkText } from '../input-checks.js';
import { Address } from './address.entity.js';
import { quote } from '../errors.js';

/** A postal address as somebody gives it. */
export interface AddressValues {
  line1: string;
  line2?: string | null;
  city: string;
  state?: string | null;
  zipCode: string;
  countryCode: string;
}

/** What makes one address the same as another. */
type AddressParts = Omit<Row<Address>, 'id'>;

/**
 * The parts of an address that was given, for `addAddress`. Problems are reported with the field that the address stands
 * in.
 */
export async function checkAddress(
  { reader }: Transaction,
  problems: Problems,
  field: string,
  values: AddressValues,
): Promise<AddressParts> {
  return checkParts(problems, field, values, await readCountries(reader, [values]));
}

/** The codes of the countries of addresses, as far as there are such countries. */
export async function readCountries(reader: Reader, addresses: readonly AddressValues[]): Promise<Set<string>> {
  const codes = [...new Set(addresses.map(toCode))];
  const countries = codes.length > 0 ? await countryByCode(reader, codes, undefined) : [];
  return new Set(codes.filter((_, index) => countries[index]));
}

/** As `checkAddress`, with the codes of the countries that there are. */
export function checkParts(
  problems: Problems,
  field: string,
  values: AddressValues,
  countries: ReadonlySet<string>,
): AddressParts {
  const text = (name: 'line1' | 'line2' | 'city' | 'state' | 'zipCode', required: boolean) =>
    checkText(problems, `${field}.${name}`, values[name] ?? '', { required })!;
  const parts = {
    line1: text('line1', true),
    line2: text('line2', false),
    city: text('city', true),
    state: text('state', false),
    zipCode: text('zipCode', true),
    country: toCode(values),
  };
  if (!countries.has(parts.country)) {
    const message = `There is no country ${quote(values.countryCode)}; use a code of two letters, such as "GB".`;
    problems.add(ProblemCode.UNKNOWN_COUNTRY, `${field}.countryCode`, message);
  }
  return parts;
}

function toCode({ countryCode }: AddressValues): string {
  return countryCode.trim().toUpperCase();
}

/** Makes an address of checked parts. */
export function addAddress({ em }: Transaction, { country, ...parts }: AddressParts): Address {
  const address = em.create(Address, { ...parts, country: em.getReference(Country, country, { wrapped: true }) });
  em.persist(address);
  return address;
}

/** Whether an address has these parts. */
export function isSameAddress(address: Row<Address>, parts: AddressParts): boolean {
  return (Object.keys(parts) as (keyof AddressParts)[]).every(name => address[name] === parts[name]);
}
