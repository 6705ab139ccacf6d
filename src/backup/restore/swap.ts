import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { defaultTenantSchema } from '../../database/schemas.js';
import type { Asks } from '../../migrate/fingerprint.js';
import { BackupError } from '../backup-error.js';
import { stopped } from '../stopping.js';
import { qualified, readTables } from '../tables.js';
import { replacedSchemaName } from './replaced-schemas.js';
import { makeSchema } from './trial-schema.js';

/** How patient a swap is. */
const patience = { lockTimeout: 2000, tries: 15, pause: 500 };

/** No lock was to be had, or each of two waited for the other. */
const lockCodes = ['55P03', '40P01'];

/**
 * Waits until nobody uses the tables of a schema, and keeps everybody off them until the transaction ends: so no transaction
 * writes one half into the old tables and the other half into the new ones. Those who come meanwhile wait, for a moment.
 * @param signal after which it waits no longer
 */
export async function lockSchema(client: Asks, schema: string, signal: AbortSignal): Promise<void> {
  const tables = (await readTables(client, schema)).map(({ name }) => qualified(schema, name));
  if (tables.length === 0) {
    return;
  }
  for (let tried = 1; ; tried += 1) {
    // Whoever waits for a lock holds up all who come behind; so it waits for short, and tries again.
    await client.query(`savepoint swap; set local lock_timeout = ${patience.lockTimeout}`);
    try {
      await client.query(`lock table ${tables.join(', ')} in access exclusive mode`);
      await client.query('set local lock_timeout = 0; release savepoint swap');
      return;
    } catch (error) {
      await client.query('rollback to savepoint swap');
      if (!lockCodes.includes((error as { code?: string }).code ?? '')) {
        throw error;
      }
      if (signal.aborted) {
        throw stopped();
      }
      if (tried === patience.tries) {
        throw new BackupError(
          `The tables of ${schema} were in use each time that it was tried to exchange them, ${patience.tries} times for ${patience.lockTimeout} ms. Look for long transactions in pg_stat_activity, and restore again. Nothing was changed.`,
          { cause: error },
        );
      }
      await sleep(patience.pause);
    }
  }
}

/**
 * Puts what stands in one schema in the place of what stands in another, whose tables the transaction has locked. All goes from
 * schema to schema, and none is renamed: so what else stands in the schema public stays, and rights on schemas do.
 * @returns the schema that now has what was replaced; undefined where there was nothing
 */
export async function exchange(client: Asks, from: string, to: string): Promise<string | undefined> {
  const comers = await objectsOf(client, from);
  const names = new Set(comers.map(({ key }) => key));
  // What others have put into the schema public is no shop's.
  const goers = (await objectsOf(client, to)).filter(({ key }) => to !== defaultTenantSchema || names.has(key));
  let replaced: string | undefined;
  if (goers.length > 0) {
    replaced = replacedSchemaName(new Date(), randomBytes(4).toString('hex'));
    await makeSchema(client, replaced);
    await client.query(
      `comment on schema ${replaced} is ${pg.escapeLiteral(`What a restore has replaced in ${to}. It is dropped after a day.`)}`,
    );
    await move(client, goers, replaced);
  }
  await client.query(`create schema if not exists ${pg.escapeIdentifier(to)}`);
  await move(client, comers, to);
  if (replaced !== undefined) {
    await copyRights(client, replaced, to);
  }
  await client.query(`drop schema ${pg.escapeIdentifier(from)}`);
  return replaced;
}

interface SchemaObject {
  /** What is the same for the objects of two schemas that stand for each other. */
  key: string;
  /** The object as `alter` names it. */
  sql: string;
}

async function move(client: Asks, objects: readonly SchemaObject[], to: string): Promise<void> {
  for (const { sql } of objects) {
    await client.query(`alter ${sql} set schema ${pg.escapeIdentifier(to)}`);
  }
}

/**
 * All that stands in a schema, but for what belongs to extensions and what goes along with its table. Functions come first,
 * since they are named with the types of their arguments, which may be tables'.
 */
async function objectsOf(client: Asks, schema: string): Promise<SchemaObject[]> {
  const { rows } = await client.query<{ kind: string; name: string; arguments: string | null }>(
    `with objects as (
       select 'pg_proc'::regclass as catalogue, oid, 'routine' as kind, proname as name,
         format('(%s)', pg_get_function_identity_arguments(oid)) as arguments
       from pg_proc where pronamespace = to_regnamespace($1)
       union all
       select 'pg_class'::regclass, oid, case relkind when 'v' then 'view' when 'm' then 'materialized view'
           when 'S' then 'sequence' when 'f' then 'foreign table' when 'c' then 'type' else 'table' end, relname, null
       from pg_class c where relnamespace = to_regnamespace($1) and relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c')
         and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
           and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and c.relkind = 'S')
       union all
       select 'pg_type'::regclass, oid, case typtype when 'd' then 'domain' else 'type' end, typname, null
       from pg_type where typnamespace = to_regnamespace($1) and typtype in ('d', 'e', 'r')
       union all
       select 'pg_statistic_ext'::regclass, oid, 'statistics', stxname, null
       from pg_statistic_ext where stxnamespace = to_regnamespace($1)
     )
     select kind, name, arguments from objects o
     where not exists (select from pg_depend d where d.classid = o.catalogue and d.objid = o.oid and d.deptype = 'e')
     order by kind <> 'routine', kind collate "C", name collate "C", arguments collate "C"`,
    [pg.escapeIdentifier(schema)],
  );
  return rows.map(({ kind, name, arguments: list }) => ({
    key: `${kind} ${name}${(list ?? '').replaceAll(`${pg.escapeIdentifier(schema)}.`, '').replaceAll(`${schema}.`, '')}`,
    sql: `${kind} ${qualified(schema, name)}${list ?? ''}`,
  }));
}

/** Gives those who may use a table, a view or a sequence the same rights on the one of that name which takes its place. */
async function copyRights(client: Asks, from: string, to: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('alter table %I.%I owner to %I', $2::text, n.relname, pg_get_userbyid(o.relowner)) as statement
     from pg_class o join pg_class n on n.relname = o.relname and n.relkind = o.relkind
     where o.relnamespace = to_regnamespace(quote_ident($1)) and n.relnamespace = to_regnamespace(quote_ident($2))
       and o.relkind in ('r', 'p', 'v', 'm') and o.relowner <> n.relowner
     union all
     select format('grant %s on %s %I.%I to %s%s', a.privilege_type, case o.relkind when 'S' then 'sequence' else 'table' end,
       $2::text, n.relname, case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
       case when a.is_grantable then ' with grant option' else '' end)
     from pg_class o join pg_class n on n.relname = o.relname and n.relkind = o.relkind, aclexplode(o.relacl) a
     where o.relnamespace = to_regnamespace(quote_ident($1)) and n.relnamespace = to_regnamespace(quote_ident($2))
       and o.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and a.grantee <> o.relowner`,
    [from, to],
  );
  for (const { statement } of rows) {
    await client.query(statement);
  }
}
