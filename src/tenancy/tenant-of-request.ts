import type { IncomingHttpHeaders } from 'node:http';
import { platformSchema } from '../database/schemas.js';
import {
  invalidToken,
  tenantMismatch,
  tenantNotReady,
  tenantRequired,
  tenantSuspended,
  unknownTenant,
} from '../errors.js';
import type { TenantRegistry, TenantRow } from './registry.js';
import { TenantState } from './tenant.entity.js';

/** The platform itself, which its operators sign in to. It is asked as tenants are. */
export const platformTenant: TenantRow = {
  id: platformSchema,
  name: platformSchema,
  schema: platformSchema,
  state: TenantState.ACTIVE,
};

/**
 * The tenant that a request is for: the one that the header `x-tenant` names, else the one that its host name leads to,
 * else the one of its token, else the default one. A token of another tenant than the request names is refused.
 * @param tokenTenant the id of the tenant that the request's token is of, if it has one
 * @param withDefault whether the default tenant serves where none is named
 * @throws DomainError UNKNOWN_TENANT, TENANT_MISMATCH, TENANT_REQUIRED, TENANT_SUSPENDED, TENANT_NOT_READY or INVALID_TOKEN
 */
export async function tenantOfRequest(
  registry: TenantRegistry,
  headers: IncomingHttpHeaders,
  tokenTenant: string | undefined,
  withDefault: boolean,
): Promise<TenantRow> {
  const named = (await byHeader(registry, headers)) ?? (await byHost(registry, headers));
  if (named && tokenTenant !== undefined && tokenTenant !== named.id) {
    throw tenantMismatch(named.name);
  }
  const tenant =
    named ?? (await ofToken(registry, tokenTenant)) ?? (withDefault ? await registry.default() : undefined);
  if (!tenant) {
    throw tenantRequired();
  }
  return checkServed(tenant);
}

/**
 * A tenant as it is by now.
 * @throws DomainError UNKNOWN_TENANT, TENANT_SUSPENDED or TENANT_NOT_READY
 */
export async function currentTenant(registry: TenantRegistry, { id, name }: TenantRow): Promise<TenantRow> {
  const tenant = id === platformTenant.id ? platformTenant : await registry.byId(id);
  if (!tenant) {
    throw unknownTenant(name);
  }
  return checkServed(tenant);
}

async function byHeader(registry: TenantRegistry, headers: IncomingHttpHeaders): Promise<TenantRow | undefined> {
  const header = headers['x-tenant'];
  // Node reads headers as Latin-1.
  const name = typeof header === 'string' ? Buffer.from(header, 'latin1').toString().trim() : '';
  if (name === '') {
    return undefined;
  }
  if (name.toLowerCase() === platformTenant.name) {
    return platformTenant;
  }
  const tenant = await registry.byName(name);
  if (!tenant) {
    throw unknownTenant(name);
  }
  return tenant;
}

async function byHost(registry: TenantRegistry, { host }: IncomingHttpHeaders): Promise<TenantRow | undefined> {
  const name = host?.replace(/:\d*$/, '').toLowerCase();
  return name ? registry.byHost(name) : undefined;
}

async function ofToken(registry: TenantRegistry, id: string | undefined): Promise<TenantRow | undefined> {
  if (id === undefined) {
    return undefined;
  }
  if (id === platformTenant.id) {
    return platformTenant;
  }
  const tenant = await registry.byId(id);
  if (!tenant) {
    // The tenant was removed since.
    throw invalidToken();
  }
  return tenant;
}

function checkServed(tenant: TenantRow): TenantRow {
  switch (tenant.state) {
    case TenantState.ACTIVE:
      return tenant;
    case TenantState.SUSPENDED:
      throw tenantSuspended(tenant.name);
    case TenantState.PROVISIONING:
      throw tenantNotReady(tenant.name, 'being made');
    case TenantState.REMOVING:
      throw tenantNotReady(tenant.name, 'being removed');
  }
}
