import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../database/transactions.js';
import { quote } from '../errors.js';
import { checkText } from '../input-checks.js';
import { ProblemCode, Problems } from '../problems.js';
import { Country } from './country.entity.js';

/** Values of a country as somebody gives them. */
export interface CountryValues {
  iso2Code: string;
  iso3Code: string;
  numericCode: string;
  name: string;
}

/** The form of each code, and how to say it. */
const codes = {
  iso2Code: { form: /^[A-Za-z]{2}$/, words: 'two letters, such as "XK"' },
  iso3Code: { form: /^[A-Za-z]{3}$/, words: 'three letters, such as "XKX"' },
  numericCode: { form: /^[0-9]{3}$/, words: 'three digits, such as "983"' },
};

type CodeName = keyof typeof codes;

/**
 * Adds a country for all shops, and gives its key.
 * @throws RefusedInput with all that is wrong with the values: INVALID_COUNTRY_CODE, CODE_TAKEN, REQUIRED or TOO_LONG
 */
export async function createCountry(transaction: Transaction, values: CountryValues): Promise<string> {
  const { em } = transaction;
  const problems = new Problems();
  const given = {
    iso2Code: checkCode(problems, 'iso2Code', values.iso2Code),
    iso3Code: checkCode(problems, 'iso3Code', values.iso3Code),
    numericCode: checkCode(problems, 'numericCode', values.numericCode),
  };
  await checkFree(transaction, problems, given);
  const country = { ...(given as Record<CodeName, string>), name: checkText(problems, 'name', values.name)! };
  problems.throwIfAny();
  em.persist(em.create(Country, country));
  return country.iso2Code;
}

/**
 * Renames a country for all shops, and gives its key.
 * @throws RefusedInput with all that is wrong with the values: INVALID_COUNTRY_CODE, UNKNOWN_COUNTRY, REQUIRED or TOO_LONG
 */
export async function updateCountry(
  { em }: Transaction,
  values: Pick<CountryValues, 'iso2Code' | 'name'>,
): Promise<string> {
  const problems = new Problems();
  const iso2Code = checkCode(problems, 'iso2Code', values.iso2Code);
  const country = iso2Code && (await em.findOne(Country, iso2Code, { lockMode: LockMode.PESSIMISTIC_WRITE }));
  if (country === null) {
    const message = `There is no country ${quote(values.iso2Code)}; createCountry adds one.`;
    problems.add(ProblemCode.UNKNOWN_COUNTRY, 'iso2Code', message);
  }
  const name = checkText(problems, 'name', values.name)!;
  problems.throwIfAny(country ? country.iso2Code : undefined);
  return Object.assign(country as Country, { name }).iso2Code;
}

/** A code in capitals; undefined where it is none, which is reported. */
function checkCode(problems: Problems, field: CodeName, given: string): string | undefined {
  const code = given.trim();
  // Before it is made large, since that would make of some other letters those of a code.
  if (!codes[field].form.test(code)) {
    const message = `${quote(given)} is not such a code; give ${codes[field].words}.`;
    problems.add(ProblemCode.INVALID_COUNTRY_CODE, field, message);
    return undefined;
  }
  return code.toUpperCase();
}

/** Reports codes that other countries have; found by one statement, so that all are told of who was added meanwhile. */
async function checkFree(
  { em }: Transaction,
  problems: Problems,
  given: Record<CodeName, string | undefined>,
): Promise<void> {
  const known = Object.entries(given).filter(([, code]) => code !== undefined) as [CodeName, string][];
  const owners = await em.find(Country, { $or: known.map(([field, code]) => ({ [field]: code })) });
  for (const [field, code] of known) {
    const owner = owners.find(country => country[field] === code);
    if (owner) {
      problems.add(ProblemCode.CODE_TAKEN, field, `${quote(owner.name)} has the code ${code} already.`);
    }
  }
}
