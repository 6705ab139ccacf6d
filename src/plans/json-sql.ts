import pg from 'pg';
import { Unplanned } from './unplanned.js';

/** An instant as JavaScript writes it in JSON. */
export function instantSql(instant: string): string {
  return `to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** One JSON object for each row that some clauses find; a subselect in brackets. */
export function objectOf(columns: string, clauses: string): string {
  return `(select row_to_json(o) from (select ${columns} ${clauses}) o)`;
}

/** The name of a type, as `__typename` has it. */
export function typeName(name: string): string {
  return `${pg.escapeLiteral(name)}::text`;
}

/** Characters of a name that PostgreSQL keeps; it cuts off the others. */
const maxName = 63;

/** The name of a column that becomes a key of a JSON object. */
function columnName(key: string): string {
  if (key.length > maxName) {
    throw new Unplanned(`${key} is too long for a column.`);
  }
  return pg.escapeIdentifier(key);
}

/** The select list of what is asked for of an object: each field's value under the key that the answer has it under. */
export function selectList<Field extends { key: string }>(
  fields: readonly Field[],
  valueOf: (field: Field) => string,
): string {
  return fields.map(field => `${valueOf(field)} as ${columnName(field.key)}`).join(', ');
}
