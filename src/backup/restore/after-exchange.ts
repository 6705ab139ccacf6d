import type { Asks } from '../../migrate/fingerprint.js';
import { noteVersion } from '../../migrate/note-version.js';
import { platformSchema } from '../../database/schemas.js';
import { qualified } from '../tables.js';

/** Notes in the platform's tables what the tables of a tenant have seen since they were exchanged. */
export async function noteMigrations(
  client: Asks,
  tenant: { id: string; schema: string },
  filled: readonly string[],
): Promise<void> {
  await client.query(noteVersion(tenant.schema, null));
  await client.query(`delete from ${platformSchema}.backfills where tenant_id = $1`, [tenant.id]);
  await client.query(
    `insert into ${platformSchema}.backfills (tenant_id, migration, started_at, finished_at)
     select $1, migration, clock_timestamp(), clock_timestamp() from unnest($2::text[]) migration`,
    [tenant.id, filled],
  );
}

/**
 * Signs everybody out, and tells all processes that what they know of sessions is old. Else sessions that were ended since the
 * archive would be open again, refresh tokens that were used would be good again, and so would links to new passwords.
 * @param replaced the schema that has what was there before, if anything
 */
export async function endSessions(client: Asks, schema: string, replaced: string | undefined): Promise<void> {
  if (replaced !== undefined && (await has(client, replaced, 'sessions'))) {
    await client.query(
      `select pg_notify('pier2_access', json_build_object('schema', $1::text, 'user', user_id)::text)
       from (select distinct user_id from ${qualified(replaced, 'sessions')}) users`,
      [schema],
    );
  }
  // The trigger of the table tells of those that are ended here.
  await client.query(`update ${qualified(schema, 'sessions')} set ended_at = now() where ended_at is null`);
  await client.query(`delete from ${qualified(schema, 'account_tokens')} where purpose = 'RESET_PASSWORD'`);
}

async function has(client: Asks, schema: string, table: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    qualified(schema, table),
  ]);
  return rows[0]!.found;
}

/** Adds the countries that the tables name and this installation does not know. */
export async function addCountries(client: Asks, countries: readonly Record<string, string>[]): Promise<void> {
  await client.query(
    `insert into ${platformSchema}.countries (iso2_code, iso3_code, numeric_code, name)
     select iso2_code, iso3_code, numeric_code, name
     from json_to_recordset($1::json) as c (iso2_code text, iso3_code text, numeric_code text, name text)
     where not exists (select from ${platformSchema}.countries k where k.iso2_code = c.iso2_code)`,
    [JSON.stringify(countries)],
  );
}
