import type { TestDatabase } from './database.js';

/** All that makes a schema what it is, one line an object: columns, constraints, indexes, triggers and functions. */
export async function fingerprint(database: TestDatabase, schema: string): Promise<string[]> {
  const rows = await database.query<{ line: string }>(
    `select line from (
       select format('column %s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                     case when a.attnotnull then 'not null' end, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)) as line
       from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
       where c.relnamespace = $1::text::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       union all
       select format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
       from pg_constraint where connamespace = $1::text::regnamespace
       union all
       select format('index %s', indexdef) from pg_indexes where schemaname = $1::text
       union all
       select format('trigger %s', pg_get_triggerdef(t.oid))
       from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = $1::text::regnamespace and not t.tgisinternal
       union all
       select format('function %s', pg_get_functiondef(oid)) from pg_proc where pronamespace = $1::text::regnamespace
     ) objects order by line collate "C"`,
    [schema],
  );
  return rows.map(({ line }) => line);
}
