import { setTimeout as sleep } from 'node:timers/promises';
import { LockMode } from '@mikro-orm/core';
import type { Logger } from 'pino';
import type { Transact, Transaction } from '../database/transactions.js';
import { HistoryAction } from '../history/history-entry.entity.js';
import { Tenant, TenantState } from './tenant.entity.js';
import { buildTenant, type BuildTables, setTenantState } from './tenant.service.js';

/** How often tenants to be made are looked for without news, in milliseconds: those whose maker died come by this. */
const pollInterval = 5_000;

/** Writes the first user of a new tenant, in the transaction that makes its tables. */
export type AddOwner = (transaction: Transaction, tenant: Tenant) => Promise<void>;

/**
 * Makes the tables and the owner of tenants that somebody has registered. Each is one transaction that holds the tenant's
 * row: when its process dies, nothing of it is there, and another begins anew.
 */
export class Provisioner {
  readonly #closing = new AbortController();
  #news = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly transact: Transact,
    private readonly buildTables: BuildTables,
    private readonly addOwner: AddOwner,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Looks soon: somebody may have registered. */
  wake(): void {
    this.#news.abort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      this.#news = new AbortController();
      try {
        while (!this.#closing.signal.aborted && (await this.#provisionNext())) {
          // There may be more.
        }
      } catch (error) {
        this.logger.error({ err: error }, 'could not make a shop that was registered; trying again');
      }
      await sleep(pollInterval, undefined, { signal: this.#news.signal }).catch(() => {});
    }
  }

  /** Makes one tenant, and tells whether there was one. */
  #provisionNext(): Promise<boolean> {
    return this.transact(async transaction => {
      const { em } = transaction;
      const [tenant] = await em.find(
        Tenant,
        { state: TenantState.PROVISIONING, registration: { $ne: null } },
        { orderBy: { createdAt: 'asc' }, limit: 1, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
      );
      if (!tenant) {
        return false;
      }
      await buildTenant(transaction, this.buildTables, tenant);
      await this.addOwner(transaction, tenant);
      tenant.registration = null;
      await setTenantState(transaction, tenant, TenantState.ACTIVE, HistoryAction.UPDATED);
      return true;
    });
  }
}
