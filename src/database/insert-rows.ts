import pg from 'pg';
import type { Table } from './table.js';

/**
 * A statement that inserts rows, which a parameter gives as JSON under the entity's property names.
 * @param properties the properties that they have; others take the columns' defaults
 */
export function insertRows(table: Table, properties: readonly string[], parameter: number): string {
  const columns = properties.map(property => table.column(property));
  const given = properties.map(property => `r.${pg.escapeIdentifier(property)}`);
  const types = properties.map(property => `${pg.escapeIdentifier(property)} ${table.type(property)}`);
  return `insert into ${table.name} (${columns.join(', ')})
    select ${given.join(', ')} from json_to_recordset($${parameter}::json) as r(${types.join(', ')})`;
}
