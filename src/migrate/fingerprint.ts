import type pg from 'pg';
import { migrationTable } from './files.js';

/** Schemas that one query looks at. Each query reads the catalogue as a whole, and keeps the relations of its schemas at hand. */
const schemasAtOnce = { signed: 1000, written: 100 };

/** A connection, or a transaction, that runs a statement. */
export type Asks = Pick<pg.ClientBase, 'query'>;

/** Tables and what stands in a schema like them, but for the table in which the ORM's migrator keeps the version. */
const relations = `
  schemas as materialized (
    select oid, nspname as name, quote_ident(nspname) || '.' as prefix from pg_namespace where nspname = any($1::text[])),
  relations as materialized (
    select c.oid, c.relname, c.relkind, c.relnamespace, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
      c.reloptions, c.relpartbound, c.relam
    from pg_class c join schemas s on s.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I') and c.relname not like '${migrationTable.replaceAll('_', '\\_')}%')`;

/** Views, one line each. */
const viewLines = `
  select r.relnamespace as schema, concat_ws(' ', 'view', r.relname, pg_get_viewdef(r.oid)) as line
  from relations r where r.relkind in ('v', 'm')`;

/** Objects that a schema has few of, one line each. */
const rareLines = `
  select r.relnamespace as schema, concat_ws(' ', 'policy', r.relname || '.' || p.polname, p.polcmd::text, p.polpermissive,
    p.polroles::regrole[]::text, pg_get_expr(p.polqual, p.polrelid), '/', pg_get_expr(p.polwithcheck, p.polrelid)) as line
  from relations r join pg_policy p on p.polrelid = r.oid
  union all
  select s.oid, concat_ws(' ', 'statistics', pg_get_statisticsobjdef(x.oid))
  from schemas s join pg_statistic_ext x on x.stxnamespace = s.oid
  union all
  select s.oid, concat_ws(' ', 'type', t.typname, nullif(format_type(t.typbasetype, t.typtypmod), '-'), t.typdefault,
    (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
  from schemas s join pg_type t on t.typnamespace = s.oid where t.typtype in ('e', 'd', 'r')`;

/** All objects, one line each. PostgreSQL writes the names of schemas into definitions. */
const writtenLines = `
  select relnamespace as schema, concat_ws(' ',
    case relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view' when 'm' then 'materialized view'
      when 'S' then 'sequence' else 'foreign table' end,
    relname, case relpersistence when 'u' then 'unlogged' end, case when relrowsecurity then 'row security' end,
    case when relforcerowsecurity then 'forced' end, reloptions::text, pg_get_expr(relpartbound, oid)) as line
  from relations where relkind not in ('i', 'I')
  union all
  select r.relnamespace, concat_ws(' ', 'column', r.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
    case when a.attcollation <> t.typcollation then 'collate ' || a.attcollation::regcollation::text end,
    case when a.attnotnull then 'not null' end,
    case when a.attidentity <> '' then 'identity ' || a.attidentity::text end,
    case when a.attgenerated <> '' then 'generated ' || a.attgenerated::text when d.adbin is not null then 'default' end,
    pg_get_expr(d.adbin, d.adrelid))
  from relations r join pg_attribute a on a.attrelid = r.oid join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped and r.relkind not in ('S', 'i', 'I')
  union all
  select r.relnamespace, concat_ws(' ', 'constraint', r.relname || '.' || k.conname, pg_get_constraintdef(k.oid))
  from relations r join pg_constraint k on k.conrelid = r.oid
  -- From version 18 on PostgreSQL also keeps here what the columns say.
  where k.contype <> 'n' or not k.convalidated
  union all
  select r.relnamespace, concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), case when not i.indisvalid then 'invalid' end)
  from relations r join pg_index i on i.indrelid = r.oid
  union all
  select r.relnamespace, concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), nullif(t.tgenabled, 'O')::text)
  from relations r join pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
  union all
  select s.oid, concat_ws(' ', 'function', case p.prokind when 'a' then p.oid::regprocedure::text else pg_get_functiondef(p.oid) end)
  from schemas s join pg_proc p on p.pronamespace = s.oid
  union all ${viewLines}
  union all ${rareLines}`;

/** What stands before the name of a schema in definitions, where it is a name and no end of another one. */
const charsBefore = [' ', '(', ':', `''`, '[', ','];

/** Lines without the name of their own schema, so that those of equal schemas are equal. */
function neutral(lines: string): string {
  const line = charsBefore.reduce((text, char) => `replace(${text}, '${char}' || s.prefix, '${char}')`, 'o.line');
  return `select s.name, case when strpos(o.line, s.prefix) > 0 then ${line} else o.line end as line
    from (${lines}) o join schemas s on s.oid = o.schema`;
}

/**
 * Hashes of all objects as the catalogue's own rows have them, which takes a twentieth of what it takes to write them out.
 * Where they are equal, so are the lines; they may differ where the lines do not, such as by the order of columns.
 */
export const signatures = `
  with ${relations},
  views as materialized (
    select r.relname, r.relnamespace, w.rulename, w.ev_action from relations r join pg_rewrite w on w.ev_class = r.oid
    where r.relkind in ('v', 'm'))
  select name, sum(hash)::text as signature from (
    select s.name, o.hash from (
      select relnamespace as schema, hash_record_extended(row(1, relname, relkind, relpersistence, relrowsecurity,
        relforcerowsecurity, reloptions, relpartbound::text, relam), 0) as hash
      from relations
      union all
      select r.relnamespace, hash_record_extended(row(2, r.relname, a.attnum, a.attname, a.atttypmod, a.attnotnull,
        a.attidentity, a.attgenerated, a.attcollation, case when t.typnamespace = r.relnamespace then t.typname::text else t.oid::text end), 0)
      from relations r join pg_attribute a on a.attrelid = r.oid join pg_type t on t.oid = a.atttypid
      where a.attnum > 0 and not a.attisdropped and r.relkind not in ('S', 'i', 'I')
      union all
      select r.relnamespace, hash_record_extended(row(3, r.relname, d.adnum, d.adbin::text), 0)
      from relations r join pg_attrdef d on d.adrelid = r.oid
      union all
      select r.relnamespace, hash_record_extended(row(4, r.relname, k.conname, k.contype, k.condeferrable, k.condeferred,
        k.convalidated, k.connoinherit, k.conkey, k.confkey, coalesce(f.relname::text, k.confrelid::text), k.confupdtype,
        k.confdeltype, k.confmatchtype, k.confdelsetcols, k.conexclop, k.conbin::text,
        case when not k.convalidated then to_jsonb(k)->>'conenforced' end), 0)
      from relations r join pg_constraint k on k.conrelid = r.oid
        left join relations f on f.oid = k.confrelid and f.relnamespace = r.relnamespace
      where k.contype <> 'n' or not k.convalidated
      union all
      select r.relnamespace, hash_record_extended(row(5, r.relname, x.relname, i.indnatts, i.indnkeyatts, i.indisunique,
        i.indnullsnotdistinct, i.indisprimary, i.indisexclusion, i.indimmediate, i.indisvalid, i.indkey::text,
        i.indcollation, i.indclass, i.indoption::text, i.indexprs::text, i.indpred::text), 0)
      from relations r join pg_index i on i.indrelid = r.oid join relations x on x.oid = i.indexrelid
      union all
      select r.relnamespace, hash_record_extended(row(6, r.relname, t.tgname, t.tgtype, t.tgenabled, t.tgdeferrable,
        t.tginitdeferred, t.tgattr::text, t.tgargs, t.tgoldtable, t.tgnewtable,
        -- A row as a whole is of its table's own type.
        regexp_replace(t.tgqual::text, ':vartype \\d+', '', 'g'),
        case when p.pronamespace = r.relnamespace then p.proname::text else p.oid::text end), 0)
      from relations r join pg_trigger t on t.tgrelid = r.oid join pg_proc p on p.oid = t.tgfoid where not t.tgisinternal
      union all
      select s.oid, hash_record_extended(row(7, p.proname, p.prolang, p.procost, p.prorows, p.provariadic,
        p.prosupport::oid, p.prokind, p.prosecdef, p.proleakproof, p.proisstrict, p.proretset, p.provolatile, p.proparallel,
        p.prorettype, p.proargtypes, p.proallargtypes, p.proargmodes, p.proargnames, p.proargdefaults::text, p.prosrc,
        p.probin, p.prosqlbody::text, p.proconfig), 0)
      from schemas s join pg_proc p on p.pronamespace = s.oid
      union all
      -- To write a view out takes a hundred times as long: what it selects, with the names of its tables in the place of their keys.
      select v.relnamespace, hash_record_extended(row(8, v.relname, v.rulename, part.number,
        coalesce(r.relname::text, part.key::text), part.text), 0)
      from views v cross join lateral (
        select number, case when number > 1 then split_part(text, ' ', 1)::oid end as key, substr(text, strpos(text, ' ')) as text
        from string_to_table(replace(v.ev_action::text, ':resorigtbl ', ':relid '), ':relid ') with ordinality parts (text, number)
      ) part left join relations r on r.oid = part.key and r.relnamespace = v.relnamespace
    ) o join schemas s on s.oid = o.schema
    union all
    select name, hashtextextended(line, 0) from (${neutral(rareLines)}) rare
  ) hashes group by name`;

/**
 * All that makes a schema what it is, one line an object: tables, columns, constraints, indexes, triggers, functions and
 * types, without the schema's name, in the order of their texts.
 */
export async function schemaObjects(client: Asks, schema: string): Promise<string[]> {
  await nameAllSchemas(client);
  const { rows } = await client.query<{ line: string }>(
    `with ${relations} select line from (${neutral(writtenLines)}) lines order by line collate "C"`,
    [[schema]],
  );
  return rows.map(({ line }) => line);
}

/**
 * Fingerprints of schemas by their names: two are equal when what stands in the schemas is. They are of this server, since
 * versions of PostgreSQL write definitions differently. A schema that is not there, or is empty, has none.
 */
export async function fingerprints(client: Asks, schemas: readonly string[]): Promise<Map<string, string>> {
  await nameAllSchemas(client);
  const ofSchema = new Map<string, string>();
  const ofSignature = new Map<string, string>();
  for (const batch of inBatches(schemas, schemasAtOnce.signed)) {
    const { rows } = await client.query<{ name: string; signature: string }>(signatures, [batch]);
    // Each signature is written out once, for the first schema that has it.
    const firsts = new Map(rows.map(({ name, signature }) => [signature, name]));
    ofSignature.forEach((_, signature) => firsts.delete(signature));
    const written = await writtenFingerprints(client, [...firsts.values()]);
    firsts.forEach((name, signature) => ofSignature.set(signature, written.get(name)!));
    rows.forEach(({ name, signature }) => ofSchema.set(name, ofSignature.get(signature)!));
  }
  return ofSchema;
}

async function writtenFingerprints(client: Asks, schemas: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const batch of inBatches(schemas, schemasAtOnce.written)) {
    const { rows } = await client.query<{ name: string; fingerprint: string }>(
      `with ${relations}
       select name, md5(string_agg(line, chr(10) order by line collate "C")) as fingerprint
       from (${neutral(writtenLines)}) lines group by name`,
      [batch],
    );
    rows.forEach(({ name, fingerprint }) => found.set(name, fingerprint));
  }
  return found;
}

/** Lets PostgreSQL write the schema before each name: it leaves out those of the search path. */
async function nameAllSchemas(client: Asks): Promise<void> {
  // To compile these queries takes longer than to run them, and so does what they would write to disk for want of memory.
  await client.query(
    `select set_config('search_path', '', false), set_config('jit', 'off', false), set_config('work_mem', '32MB', false)`,
  );
}

/** Parts of a list, one after the other. */
export function* inBatches<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) {
    yield items.slice(start, start + size);
  }
}
