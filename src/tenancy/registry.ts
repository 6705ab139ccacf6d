import { LiveCache } from '../database/live-cache.js';
import type { Notifications } from '../database/notifications.js';
import type { ReadPool } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { defaultTenantSchema, platformSchema } from '../database/schemas.js';
import { nameKey } from './name-key.js';
import { Tenant, TenantHost } from './tenant.entity.js';

/** Tenants and host names that are kept at hand. */
const remembered = 20_000;

/** The channel on which triggers of `tenants` and `tenant_hosts` tell of changes (see the platform's migrations). */
export const tenantsChannel = 'pier2_tenants';

/** What requests need to know of a tenant. */
export type TenantRow = Pick<Row<Tenant>, 'id' | 'name' | 'schema' | 'state'>;

/** The tenants of this installation, as all requests ask for them. */
export class TenantRegistry {
  readonly #found: LiveCache<TenantRow | undefined>;

  constructor(
    private readonly reads: ReadPool,
    notifications: Notifications,
  ) {
    this.#found = new LiveCache(
      key => this.#read(key),
      () => notifications.areLive,
      remembered,
    );
    notifications.onConnected(() => this.#found.forget());
    notifications.on(tenantsChannel, () => this.#found.forget());
  }

  byId(id: string) {
    return this.#found.get(`id ${id}`);
  }

  /** By name, regardless of case. */
  byName(name: string) {
    return this.#found.get(`name ${name}`);
  }

  /** By a host name that leads to it, in lower case and without a port. */
  byHost(host: string) {
    return this.#found.get(`host ${host}`);
  }

  /** By its schema. */
  bySchema(schema: string) {
    return this.#found.get(`schema ${schema}`);
  }

  /** The tenant that serves when none is named. */
  default() {
    return this.bySchema(defaultTenantSchema);
  }

  async #read(key: string): Promise<TenantRow | undefined> {
    const [by, value] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
    const reader = this.reads.reader(platformSchema);
    const [tenants, hosts] = [reader.table(Tenant), reader.table(TenantHost)];
    const t = (name: keyof Tenant) => `t.${tenants.column(name)}`;
    const conditions: Record<string, string> = {
      id: `${t('id')}::text = $1::text`,
      name: `${nameKey(t('name'))} = ${nameKey('$1::text')}`,
      schema: `${t('schema')} = $1::text`,
      host: `${t('id')} = (select h.${hosts.column('tenant')} from ${hosts.name} h where h.${hosts.column('host')} = $1::text)`,
    };
    const [row] = await reader.run<TenantRow>(
      `select ${t('id')} as id, ${t('name')} as name, ${t('schema')} as schema, ${t('state')} as state
       from ${tenants.name} t where ${conditions[by]}`,
      [value],
    );
    return row;
  }
}
