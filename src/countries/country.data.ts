import { createRequire } from 'node:module';
import type { AbstractSqlConnection } from '@mikro-orm/sql';
import countries from 'i18n-iso-countries';
import pg from 'pg';

// The package registers its languages one by one and ships them as JSON.
countries.registerLocale(createRequire(import.meta.url)('i18n-iso-countries/langs/en.json'));

/** All countries of ISO 3166-1 with their English names, as the npm package i18n-iso-countries keeps them. */
export function isoCountries(): { iso2Code: string; iso3Code: string; numericCode: string; name: string }[] {
  const isStandard = ([code]: [string, string]) => !code.startsWith('X'); // codes from XA to XZ are users' own, such as XK
  return Object.entries(countries.getNames('en', { select: 'official' }))
    .filter(isStandard)
    .map(([iso2Code, name]) => ({
      iso2Code,
      iso3Code: countries.alpha2ToAlpha3(iso2Code)!,
      numericCode: countries.alpha2ToNumeric(iso2Code)!,
      name,
    }));
}

/**
 * Adds the countries that the table lacks, so that a newer data set reaches every installation with its next migration.
 * Those that stand are left alone, since an operator may have renamed them.
 */
export async function addMissingCountries(connection: AbstractSqlConnection): Promise<void> {
  await connection.execute(additionOf('?'), [JSON.stringify(isoCountries())]);
}

/** The statement that does so. */
export function missingCountriesSql(): string {
  return additionOf(pg.escapeLiteral(JSON.stringify(isoCountries())));
}

function additionOf(json: string): string {
  return `insert into platform.countries (iso2_code, iso3_code, numeric_code, name)
     select "iso2Code", "iso3Code", "numericCode", name
     from json_to_recordset(${json}::json) as c("iso2Code" text, "iso3Code" text, "numericCode" text, name text)
     on conflict do nothing`;
}
