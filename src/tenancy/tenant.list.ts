import type { List } from '../database/list.js';
import { Tenant, type TenantState } from './tenant.entity.js';

/** What tenants can be narrowed to. */
export interface TenantFilter {
  state: TenantState | undefined;
}

/** All tenants, by name. */
export const tenantList: List<Tenant, TenantFilter, 'NAME'> = {
  name: 'tenants',
  entity: Tenant,
  sorts: { NAME: ['name', 'id'] },
  narrow: (conditions, { state }) => conditions.equals('state', state),
};
