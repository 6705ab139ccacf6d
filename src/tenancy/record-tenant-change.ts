import { readOne } from '../database/loaders.js';
import type { Transaction } from '../database/transactions.js';
import { type HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import type { Snapshot } from '../history/snapshot.js';
import type { Tenant } from './tenant.entity.js';
import { hostsOfTenant } from './tenant.loaders.js';

/** A tenant's values as the history keeps them: what operators see of it, and nothing of who registered it. */
export async function snapshotOfTenant(
  { reader }: Pick<Transaction, 'reader'>,
  { id, name, schema, state }: Tenant,
): Promise<Snapshot> {
  return { name, schema, state, hosts: await readOne(reader, hostsOfTenant, id, undefined) };
}

/**
 * Writes what a change did to a tenant into the history of the platform, whose transaction it has to be.
 * @param after the values since then; those that it has now, without this
 */
export async function recordTenantChange(
  transaction: Transaction,
  tenant: Tenant,
  action: HistoryAction,
  before: Snapshot | null,
  after?: Snapshot,
): Promise<void> {
  const values = after ?? (await snapshotOfTenant(transaction, tenant));
  recordChange(transaction, HistorySubject.TENANT, tenant, action, before, values);
}
