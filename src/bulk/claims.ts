import type { TableName } from './import-kind.js';
import { staged } from './import-kind.js';

/** A value that only one object may have, as SQL. */
export interface Claim {
  code: 'DUPLICATE_ID' | 'DUPLICATE_EMAIL' | 'DUPLICATE_TELEPHONE' | 'DUPLICATE_NAME' | 'DUPLICATE_SKU';
  /** The staging table, under the alias `s` in what follows. */
  table: string;
  /** What must not be there twice; null for nothing. */
  key: string;
  /** As a message shows it. */
  value: string;
  /** Whether an object has it already. */
  taken: string;
}

/** The claim of an object's own id: not even an object of another kind has it, since the history knows objects by id. */
export function idClaim(table: TableName, stagingTable: string, storedTable: string, typeName: string): Claim {
  return {
    code: 'DUPLICATE_ID',
    table: stagingTable,
    key: 's.id::text',
    value: `'${typeName}_' || s.id`,
    taken: `exists (select from ${table(storedTable)} t where t.id = s.id)
      or exists (select from ${table('history')} h where h.subject = s.id and h.version = 1)`,
  };
}

/** The statement that finds claims that somebody else has too. */
export function findClaims(claims: readonly Claim[]): string {
  const all = claims.map(
    ({ code, table, key, value, taken }) =>
      `select s.line, '${code}' as code, ${key} as key, ${value} as value, (${taken}) as taken from ${staged(table)} s
       where ${key} is not null`,
  );
  return `select line, code, key, value, taken from (
      select c.*, count(*) over (partition by code, key) as uses from (${all.join('\nunion all\n')}) c
    ) counted where taken or uses > 1`;
}
