import { quote } from '../../errors.js';
import type { Asks } from '../../migrate/fingerprint.js';
import { MigrateError } from '../../migrate/migrate-error.js';

/** A table of a schema, and those of its columns that are written: not what PostgreSQL makes of others. */
export interface ShopTable {
  name: string;
  columns: string[];
}

interface Described extends ShopTable {
  /** The type of each column. */
  types: string[];
}

/** The tables of a schema but for those of extensions, by name. */
export async function tablesOf(db: Asks, schema: string): Promise<Described[]> {
  const { rows } = await db.query<Described>(
    `select c.relname as name,
       array(select a.attname::text from pg_attribute a where ${written} order by a.attnum) as columns,
       array(select format_type(a.atttypid, a.atttypmod) from pg_attribute a where ${written} order by a.attnum) as types
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'r'
       and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by c.relname`,
    [schema],
  );
  return rows;
}

const written = `a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`;

/**
 * Refuses to copy rows between schemas of different tables, where something would be lost.
 * @throws MigrateError that names what differs
 */
export function checkSameTables(name: string, source: readonly Described[], clone: readonly Described[]): void {
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

function partsOf({ name, columns, types }: Described): string[] {
  return [
    `the table ${name}`,
    ...columns.map((column, index) => `the column ${name}.${column} of the type ${types[index]}`),
  ];
}
