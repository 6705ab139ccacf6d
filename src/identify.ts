import type { IncomingHttpHeaders } from 'node:http';
import type { AccessTokens } from './auth/access-tokens.js';
import type { Client } from './auth/sessions.js';
import type { Viewers } from './auth/viewers.js';
import type { Identity } from './context.js';
import { invalidToken } from './errors.js';
import type { TenantRegistry } from './tenancy/registry.js';
import { currentTenant, tenantOfRequest } from './tenancy/tenant-of-request.js';

/** Finds out who sends requests, and to which tenant. */
export class Identification {
  /** @param defaultTenant whether the default tenant serves where none is named */
  constructor(
    private readonly registry: TenantRegistry,
    private readonly viewers: Viewers,
    private readonly tokens: AccessTokens,
    private readonly defaultTenant: boolean,
  ) {}

  /** Who sends a request. It is asked with each, so it reads the database only for what it has not seen lately. */
  async of(headers: IncomingHttpHeaders, client: Client): Promise<Identity> {
    const token = tokenOf(headers);
    const claims = token === undefined ? undefined : await this.tokens.check(token);
    const tenant = await tenantOfRequest(this.registry, headers, claims?.tenant, this.defaultTenant);
    const viewer = claims
      ? await this.viewers.ofSession(tenant.schema, claims.session)
      : this.viewers.anonymous(tenant.schema);
    return { tenant, viewer, client };
  }

  /**
   * Who it was, as they are by now: a subscription outlives its access token, but neither its session nor its tenant.
   * @throws DomainError SESSION_ENDED, TENANT_SUSPENDED, TENANT_NOT_READY or UNKNOWN_TENANT
   */
  async again({ tenant, viewer, client }: Identity): Promise<Identity> {
    const current = await currentTenant(this.registry, tenant);
    const { schema } = current;
    return {
      tenant: current,
      viewer: viewer.user
        ? await this.viewers.ofSession(schema, viewer.user.sessionId)
        : this.viewers.anonymous(schema),
      client,
    };
  }
}

function tokenOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  if (authorization.trim() === '') {
    return undefined;
  }
  const [, token] = /^Bearer +(\S+)\s*$/i.exec(authorization) ?? [];
  if (token === undefined) {
    throw invalidToken();
  }
  return token;
}
