import pg from 'pg';
import type { Transact } from '../database/transactions.js';
import { quote } from '../errors.js';
import { HistoryAction } from '../history/history-entry.entity.js';
import { Mail } from '../mail/mail.entity.js';
import { ProblemCode, refused } from '../problems.js';
import { recordTenantChange, snapshotOfTenant } from './record-tenant-change.js';
import { TenantState } from './tenant.entity.js';
import { isDefault, lockTenant, setTenantState } from './tenant.service.js';

/** Writes an archive of a schema before it goes, and gives the file's path. */
export type WriteArchive = (tenant: { name: string; schema: string }) => Promise<string>;

/**
 * Removes a tenant with all of its data. First it is served no more, then its archive is written, and then it goes in one
 * transaction: so it can be called again wherever it was interrupted. When no archive can be written, it stays suspended.
 * @param confirmName the tenant's name once more
 * @param writeArchive undefined to do without
 * @returns the archive's path, if one was written
 * @throws RefusedInput UNKNOWN_TENANT, CONFIRMATION_REQUIRED or DEFAULT_TENANT
 */
export async function removeTenant(
  transact: Transact,
  key: string,
  confirmName: string,
  writeArchive: WriteArchive | undefined,
): Promise<string | undefined> {
  const tenant = await transact(async transaction => {
    const found = await lockTenant(transaction, key);
    if (isDefault(found)) {
      const message =
        'The shop in the schema public serves when none is named, and cannot be removed; suspend it instead.';
      throw refused(ProblemCode.DEFAULT_TENANT, 'id', message, key);
    }
    if (confirmName !== found.name) {
      const message = `confirmName is ${quote(confirmName)}, but the shop's name is ${quote(found.name)}; give that, since all of its data will go.`;
      throw refused(ProblemCode.CONFIRMATION_REQUIRED, 'confirmName', message, key);
    }
    await setTenantState(transaction, found, TenantState.REMOVING, HistoryAction.UPDATED);
    return { name: found.name, schema: found.schema };
  });
  let archive: string | undefined;
  try {
    archive = await writeArchive?.(tenant);
  } catch (error) {
    await transact(async transaction => {
      const found = await lockTenant(transaction, key);
      await setTenantState(transaction, found, TenantState.SUSPENDED, HistoryAction.SUSPENDED);
    });
    throw error;
  }
  await transact(async transaction => {
    const { em, reader } = transaction;
    const found = await lockTenant(transaction, key);
    const before = await snapshotOfTenant(transaction, found);
    await recordTenantChange(transaction, found, HistoryAction.DELETED, before, {});
    em.remove(found);
    await em.nativeDelete(Mail, { schema: tenant.schema });
    await reader.run(`drop schema if exists ${pg.escapeIdentifier(tenant.schema)} cascade`, []);
  });
  return archive;
}
