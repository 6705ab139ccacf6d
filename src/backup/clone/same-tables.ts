import { quote } from '../../errors.js';
import { MigrateError } from '../../migrate/migrate-error.js';
import type { ShopTable } from '../tables.js';

/**
 * Refuses to copy rows between schemas of different tables, where something would be lost.
 * @throws MigrateError that names what differs
 */
export function checkSameTables(name: string, source: readonly ShopTable[], clone: readonly ShopTable[]): void {
  const [ofSource, ofClone] = [source.flatMap(partsOf), clone.flatMap(partsOf)];
  const added = ofSource.find(part => !ofClone.includes(part));
  const missing = ofClone.find(part => !ofSource.includes(part));
  if (added !== undefined || missing !== undefined) {
    const what =
      added === undefined ? `lacks ${missing}, which the migrations make` : `has ${added}, which no migration makes`;
    throw new MigrateError(
      `${quote(name)} ${what}; "npx pier2 migrate drift --tenant ${quote(name)}" tells all that differs.`,
    );
  }
}

function partsOf({ name, columns }: ShopTable): string[] {
  return [
    `the table ${name}`,
    ...columns.map(column => `the column ${name}.${column.name} of the type ${column.type}`),
  ];
}
