import type { Transaction } from '../../database/transactions.js';
import { quote } from '../../errors.js';
import { HistoryAction } from '../../history/history-entry.entity.js';
import { addTenant, lockTenant } from '../../tenancy/tenant.service.js';
import { recordTenantChange, snapshotOfTenant } from '../../tenancy/record-tenant-change.js';
import { nameKey } from '../../tenancy/name-key.js';
import { Tenant, TenantHost, TenantState } from '../../tenancy/tenant.entity.js';
import { BackupError } from '../backup-error.js';
import type { Checksums, Manifest } from '../archive/manifest.js';

/** Where an archive goes. */
export interface Target {
  /** The name of the shop that it replaces; without it, that of the archive. */
  tenant?: string | undefined;
  /** The name of a new shop that is made of it. */
  as?: string | undefined;
}

/** What becomes of the shop of a target. */
export type FoundTarget =
  /** It is there, and its tables are replaced. */
  | { kind: 'replaced'; id: string; name: string; schema: string }
  /** It is not there any more, and comes back. */
  | { kind: 'brought back' }
  /** It is new. */
  | { kind: 'new'; name: string };

/**
 * Finds out where an archive goes, before anything is done.
 * @throws BackupError when it fits no shop, or the shop cannot be replaced
 */
export async function findTarget(
  { reader }: Pick<Transaction, 'reader'>,
  { tenant: archived }: Manifest,
  { tenant, as }: Target,
): Promise<FoundTarget> {
  const tenants = reader.table(Tenant);
  const t = (name: keyof Tenant) => `t.${tenants.column(name)}`;
  if (as !== undefined) {
    const taken = await reader.run(
      `select from ${tenants.name} t where ${nameKey(t('name'))} = ${nameKey('$1::text')}`,
      [as],
    );
    if (taken.length > 0) {
      throw new BackupError(`Another shop has the name ${quote(as)}; choose another.`);
    }
    return { kind: 'new', name: as };
  }
  const found = await reader.run<Pick<Tenant, 'id' | 'name' | 'schema' | 'state'>>(
    `select ${t('id')} as id, ${t('name')} as name, ${t('schema')} as schema, ${t('state')} as state from ${tenants.name} t
     where case when $1::text is not null then ${nameKey(t('name'))} = ${nameKey('$1::text')}
       else ${t('id')} = $2::uuid or ${t('schema')} = $3::text or ${nameKey(t('name'))} = ${nameKey('$4::text')} end
     order by ${t('id')} <> $2::uuid`,
    [tenant ?? null, archived.id, archived.schema, archived.name],
  );
  const [row] = found;
  if (row === undefined) {
    if (tenant !== undefined && tenant.toLowerCase() !== archived.name.toLowerCase()) {
      throw new BackupError(
        `There is no shop ${quote(tenant)}. The archive is of ${quote(archived.name)}; for a new shop of another name, give --as.`,
      );
    }
    return { kind: 'brought back' };
  }
  if (row.id !== archived.id && row.name !== archived.name) {
    throw new BackupError(
      tenant === undefined
        ? `The schema ${archived.schema} of the archive's shop ${quote(archived.name)} is that of ${quote(row.name)} now; make a new shop of it by --as.`
        : `The archive is of ${quote(archived.name)}, and not of ${quote(row.name)}, whose data it would replace; make a new shop of it by --as.`,
    );
  }
  if (row.state !== TenantState.ACTIVE && row.state !== TenantState.SUSPENDED) {
    const doing = row.state === TenantState.PROVISIONING ? 'made' : 'removed';
    throw new BackupError(`The shop ${quote(row.name)} is being ${doing}; restore it when that is done.`);
  }
  return { kind: 'replaced', id: row.id, name: row.name, schema: row.schema };
}

/**
 * The shop of a target in the registry, locked until the end of the transaction; one that is not there is made. It is suspended
 * then, since its webhooks would be sent to the receivers of the shop that it is a copy of.
 */
export async function takeTarget(
  transaction: Transaction,
  target: FoundTarget,
  { tenant: archived }: Manifest,
  { platform }: Checksums,
): Promise<Tenant> {
  if (target.kind === 'replaced') {
    const tenant = await lockTenant(transaction, target.id);
    if (tenant.schema !== target.schema || ![TenantState.ACTIVE, TenantState.SUSPENDED].includes(tenant.state)) {
      throw new BackupError(`The shop ${quote(target.name)} was removed or changed meanwhile. Nothing was changed.`);
    }
    return tenant;
  }
  if (target.kind === 'new') {
    return addTenant(transaction, { name: target.name }, TenantState.SUSPENDED, null);
  }
  const { em, reader } = transaction;
  const [known] = await reader.run<{ version: number; taken: string[] }>(
    `select (select max(version) from platform.history where subject = $1::uuid) as version,
       array(select host from platform.tenant_hosts where host = any($2::text[])) as taken`,
    [archived.id, platform.hosts],
  );
  const { id, name, schema } = archived;
  const before = { name: null };
  const tenant = em.create(Tenant, { id, name, schema, state: TenantState.SUSPENDED }, { partial: true });
  tenant.createdAt = new Date(platform.createdAt);
  tenant.version = known!.version ?? 1;
  em.persist(tenant);
  platform.hosts
    .filter(host => !known!.taken.includes(host))
    .forEach(host => em.persist(em.create(TenantHost, { host, tenant })));
  await em.flush();
  const isKnown = known!.version !== null;
  const after = await snapshotOfTenant(transaction, tenant);
  await recordTenantChange(transaction, tenant, HistoryAction.CREATED, isKnown ? before : null, after);
  return tenant;
}
