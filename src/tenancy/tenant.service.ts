import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Transact, Transaction } from '../database/transactions.js';
import { defaultTenantSchema } from '../database/schemas.js';
import { quote } from '../errors.js';
import { HistoryAction } from '../history/history-entry.entity.js';
import { checkText } from '../input-checks.js';
import type { Snapshot } from '../history/snapshot.js';
import { ProblemCode, Problems, refused, type RefusedInput } from '../problems.js';
import { recordTenantChange, snapshotOfTenant } from './record-tenant-change.js';
import { schemaNameFor } from './schema-name.js';
import { nameKey } from './name-key.js';
import { type Registration, Tenant, TenantHost, TenantState } from './tenant.entity.js';
import { platformTenant } from './tenant-of-request.js';

/** Makes the tables of a tenant in an empty schema, and gives the last migration's name. */
export type BuildTables = (em: EntityManager, schema: string) => Promise<string>;

/** A tenant as somebody asks for it. */
export interface NewTenant {
  name: string;
  hosts?: readonly string[] | null;
}

const maxHosts = 20;

/** Bytes of a tenant's name at the most, so that it fits into a header and a schema's name says it. */
const maxName = 100;

/**
 * Makes a tenant with its schema and tables, and gives its key: all of it or nothing, in one transaction.
 * @param fill does something with the new tables in the same transaction, such as to seed them
 * @throws RefusedInput with all that is wrong with the values
 */
export async function createTenant(
  transact: Transact,
  buildTables: BuildTables,
  values: NewTenant,
  fill: (em: EntityManager, schema: string) => Promise<void> = async () => {},
): Promise<string> {
  return transact(async transaction => {
    const tenant = await addTenant(transaction, values, TenantState.ACTIVE, null);
    await buildTenant(transaction, buildTables, tenant);
    await fill(transaction.em, tenant.schema);
    return tenant.id;
  });
}

/**
 * Writes a tenant into the registry whose tables are made later.
 * @param values.origin what its history tells of where it comes from, where there is something to tell
 * @throws RefusedInput with all that is wrong with the values
 */
export async function addTenant(
  transaction: Transaction,
  { name, hosts, nameField = 'name', origin = {} }: NewTenant & { nameField?: string; origin?: Snapshot },
  state: TenantState,
  registration: Registration | null,
): Promise<Tenant> {
  const { em, reader } = transaction;
  const problems = new Problems();
  const checked = await checkName(transaction, problems, nameField, name);
  const checkedHosts = await checkHosts(transaction, problems, hosts ?? []);
  problems.throwIfAny();
  const tenants = reader.table(Tenant);
  const schema = await schemaNameFor(checked!, async candidate => {
    const found = await reader.run(
      `select from ${tenants.name} where ${tenants.column('schema')} = $1::text
       union all select from pg_namespace where nspname = $1::text`,
      [candidate],
    );
    return found.length > 0;
  });
  const tenant = em.create(Tenant, { name: checked!, schema, state, registration }, { partial: true });
  em.persist(tenant);
  checkedHosts.forEach(host => em.persist(em.create(TenantHost, { host, tenant })));
  await em.flush();
  const made = { ...(await snapshotOfTenant(transaction, tenant)), ...origin };
  await recordTenantChange(transaction, tenant, HistoryAction.CREATED, null, made);
  return tenant;
}

/** Makes the schema and the tables of a tenant in the registry. */
export async function buildTenant(
  { em, reader }: Transaction,
  buildTables: BuildTables,
  tenant: Tenant,
): Promise<void> {
  await reader.run(`create schema ${pg.escapeIdentifier(tenant.schema)}`, []);
  tenant.migration = await buildTables(em, tenant.schema);
  await em.flush();
}

/**
 * Gives a tenant another name; its schema stays.
 * @throws RefusedInput UNKNOWN_TENANT, or with what is wrong with the name
 */
export async function renameTenant(transaction: Transaction, key: string, name: string): Promise<string> {
  const tenant = await lockTenant(transaction, key);
  const problems = new Problems();
  const checked = await checkName(transaction, problems, 'name', name, key);
  problems.throwIfAny(key);
  const before = await snapshotOfTenant(transaction, tenant);
  tenant.name = checked!;
  await recordTenantChange(transaction, tenant, HistoryAction.UPDATED, before);
  return key;
}

/**
 * Says which host names lead to a tenant, in place of those that did.
 * @throws RefusedInput UNKNOWN_TENANT, or with what is wrong with the host names
 */
export async function setTenantHosts(transaction: Transaction, key: string, hosts: readonly string[]): Promise<string> {
  const { em } = transaction;
  const tenant = await lockTenant(transaction, key);
  const problems = new Problems();
  const checked = await checkHosts(transaction, problems, hosts, key);
  problems.throwIfAny(key);
  const before = await snapshotOfTenant(transaction, tenant);
  await em.nativeDelete(TenantHost, { tenant: key, host: { $nin: checked } });
  await em.upsertMany(
    TenantHost,
    checked.map(host => ({ host, tenant: tenant.id })),
    { onConflictAction: 'ignore' },
  );
  await recordTenantChange(transaction, tenant, HistoryAction.UPDATED, before);
  return key;
}

/**
 * Serves a tenant no more, until it is resumed. One that is suspended stays so.
 * @throws RefusedInput UNKNOWN_TENANT or TENANT_NOT_READY
 */
export function suspendTenant(transaction: Transaction, key: string): Promise<string> {
  return switchState(transaction, key, TenantState.SUSPENDED, HistoryAction.SUSPENDED);
}

/**
 * Serves a tenant again.
 * @throws RefusedInput UNKNOWN_TENANT or TENANT_NOT_READY
 */
export function resumeTenant(transaction: Transaction, key: string): Promise<string> {
  return switchState(transaction, key, TenantState.ACTIVE, HistoryAction.RESUMED);
}

/**
 * A tenant of the registry, locked until the end of the transaction.
 * @throws RefusedInput UNKNOWN_TENANT
 */
export async function lockTenant({ em }: Transaction, key: string): Promise<Tenant> {
  const tenant = await em.findOne(Tenant, { id: key }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!tenant) {
    throw unknownTenant();
  }
  return tenant;
}

/** A key that no tenant has. */
export function unknownTenant(): RefusedInput {
  return refused(ProblemCode.UNKNOWN_TENANT, 'id', 'There is no shop of this id.');
}

/**
 * Refuses a tenant that is being made or removed.
 * @throws RefusedInput TENANT_NOT_READY
 */
export function checkServed({ id, name, state }: Tenant): void {
  if (!served.includes(state)) {
    const doing = state === TenantState.PROVISIONING ? 'made' : 'removed';
    const message = `The shop ${quote(name)} is being ${doing}; try again when that is done.`;
    throw refused(ProblemCode.TENANT_NOT_READY, 'id', message, id);
  }
}

/** Says whether a tenant that is locked is served, and writes that into the history. */
export async function setTenantState(
  transaction: Transaction,
  tenant: Tenant,
  state: TenantState,
  action: HistoryAction,
): Promise<void> {
  const before = await snapshotOfTenant(transaction, tenant);
  tenant.state = state;
  await recordTenantChange(transaction, tenant, action, before);
}

/** Whether a tenant is the one that serves when none is named. */
export function isDefault({ schema }: Pick<Tenant, 'schema'>): boolean {
  return schema === defaultTenantSchema;
}

const served = [TenantState.ACTIVE, TenantState.SUSPENDED];

async function switchState(
  transaction: Transaction,
  key: string,
  state: TenantState,
  action: HistoryAction,
): Promise<string> {
  const tenant = await lockTenant(transaction, key);
  checkServed(tenant);
  await setTenantState(transaction, tenant, state, action);
  return key;
}

async function checkName(
  { reader }: Transaction,
  problems: Problems,
  field: string,
  value: string,
  key?: string,
): Promise<string | undefined> {
  const name = checkText(problems, field, value, { max: maxName });
  if (!name) {
    return undefined;
  }
  if (/\p{Cc}/u.test(name)) {
    problems.add(ProblemCode.INVALID_NAME, field, `${quote(name)} holds a control character; leave it out.`);
  }
  const tenants = reader.table(Tenant);
  const [owner] = await reader.run<{ id: string }>(
    `select ${tenants.column('id')} as id from ${tenants.name} where ${nameKey(tenants.column('name'))} = ${nameKey('$1::text')}`,
    [name],
  );
  if ((owner && owner.id !== key) || name.toLowerCase() === platformTenant.name) {
    problems.add(ProblemCode.NAME_TAKEN, field, `Another shop has the name ${quote(name)}; choose another.`);
  }
  return name;
}

/** Host names in lower case, each once. */
async function checkHosts(
  { reader }: Transaction,
  problems: Problems,
  values: readonly string[],
  key?: string,
): Promise<string[]> {
  if (values.length > maxHosts) {
    problems.add(ProblemCode.TOO_MANY, 'hosts', `${values.length} host names are given, and ${maxHosts} are the most.`);
    return [];
  }
  const names = values.map(value => value.trim().toLowerCase());
  names.forEach((host, index) => {
    if (!isHost(host)) {
      const message = `${quote(values[index])} is no host name; give one such as shop.example, without https:// and a port.`;
      problems.add(ProblemCode.INVALID_HOST, `hosts.${index}`, message);
    }
  });
  const hosts = reader.table(TenantHost);
  const taken = await reader.run<{ host: string }>(
    `select ${hosts.column('host')} as host from ${hosts.name}
     where ${hosts.column('host')} = any($1::text[]) and ${hosts.column('tenant')} is distinct from $2::uuid`,
    [names, key ?? null],
  );
  for (const { host } of taken) {
    problems.add(ProblemCode.HOST_TAKEN, `hosts.${names.indexOf(host)}`, `${host} leads to another shop already.`);
  }
  return [...new Set(names)];
}

/** Whether a text is a host name, as a browser sends it: an international one in its ASCII form. */
function isHost(text: string): boolean {
  return (
    text.length <= 253 &&
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/.test(text) &&
    !/^[0-9.]+$/.test(text)
  );
}
