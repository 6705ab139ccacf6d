import type { EntityManager } from '@mikro-orm/postgresql';
import type { AccessTokens } from './auth/access-tokens.js';
import type { Client } from './auth/sessions.js';
import type { Loaders } from './database/loaders.js';
import type { Reader } from './database/reader.js';
import type { Row } from './database/row.js';
import type { Transact } from './database/transactions.js';
import type { HistoryEntry } from './history/history-entry.entity.js';
import type { WriteArchive } from './tenancy/remove-tenant.js';
import type { BuildTables } from './tenancy/tenant.service.js';
import type { TenantRow } from './tenancy/registry.js';
import type { Viewer } from './viewer.js';

/** Who sends a request, and to which tenant. */
export interface Identity {
  readonly tenant: TenantRow;
  readonly viewer: Viewer;
  /** Where it comes from. */
  readonly client: Client;
}

/** What a resolver has of its request. */
export interface RequestContext extends Identity {
  /** Reads of the request's tenant. */
  readonly reader: Reader;
  /** Relations of the request's tenant, batched and kept for the request, until it writes. */
  readonly loaders: Loaders;
  /** Writes of the request's tenant, in the name of who sent it. */
  readonly transact: Transact;
  /** How people sign in. */
  readonly accounts: AccountSettings;
  /** How tenants are made and removed. */
  readonly tenancy: TenancySettings;
  /** How long an idempotency key of a placement holds. */
  readonly idempotencyKeyHours: number;
  /** The languages of the Guide by their codes, each with its text search configuration of PostgreSQL. */
  readonly languages: ReadonlyMap<string, string>;
  /** New entries of the tenant's history, from the moment of the call. */
  readonly historyFeed: () => AsyncIterableIterator<Row<HistoryEntry>>;
}

/** How people sign in. */
export interface AccountSettings {
  readonly tokens: AccessTokens;
  /** How long a session lasts without being renewed. */
  readonly sessionDays: number;
  /** The front end that links in mails lead to. */
  readonly appUrl: string;
  /** Asks anew who a user is, as soon as something of theirs has changed; other processes hear of it a moment later. */
  readonly forgetUser: (schema: string, user: string) => void;
}

/** How tenants are made and removed. */
export interface TenancySettings {
  readonly buildTables: BuildTables;
  /** Fills a new tenant with the sample data. */
  readonly seed: (em: EntityManager, schema: string) => Promise<void>;
  readonly writeArchive: WriteArchive;
  /** Whether anybody may register a shop. */
  readonly openRegistration: boolean;
}
