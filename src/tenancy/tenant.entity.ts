import { Collection, type Opt, type Ref } from '@mikro-orm/core';
import {
  Check,
  Entity,
  Enum,
  Index,
  ManyToOne,
  OneToMany,
  PrimaryKey,
  Property,
  Unique,
} from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { newId } from '../database/new-id.js';
import { tableOfIndex } from '../database/schemas.js';
import { Node } from '../graphql/node.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { nameKey } from './name-key.js';

/** Whether a tenant is served. */
export enum TenantState {
  PROVISIONING = 'PROVISIONING',
  ACTIVE = 'ACTIVE',
  SUSPENDED = 'SUSPENDED',
  REMOVING = 'REMOVING',
}

registerEnumType(TenantState, {
  name: 'TenantState',
  description: 'Whether a shop is served.',
  valuesConfig: {
    PROVISIONING: { description: 'Its tables are being made.' },
    ACTIVE: { description: 'It is served.' },
    SUSPENDED: { description: 'It is not served until it is resumed; its data stay.' },
    REMOVING: { description: 'It is being archived and removed.' },
  },
});

/** A shop of this installation, with a schema of its own. */
@Requires(Permission.TENANTS_MANAGE)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'A shop of this installation.' })
@Entity({ schema: 'platform', tableName: 'tenants' })
@Index({
  name: 'tenants_name_unique',
  expression: (columns, table, name) =>
    `create unique index "${name}" on ${tableOfIndex(table)} (${nameKey(columns.name)})`,
})
@Index({ name: 'tenants_name_index', properties: ['name', 'id'] })
@Index({ name: 'tenants_state_index', properties: ['state', 'name', 'id'] })
@Check({ name: 'tenants_name_check', expression: `btrim(name) <> ''` })
@Check({ name: 'tenants_schema_check', expression: `schema ~ '^[a-z_][a-z0-9_]*$' and octet_length(schema) <= 63` })
export class Tenant {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Field(() => String, { description: 'Its name, which the header `x-tenant` names it by; unique regardless of case.' })
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { description: 'The PostgreSQL schema of its tables. It stays when the shop is renamed.' })
  @Unique({ name: 'tenants_schema_unique' })
  @Property({ type: 'text' })
  schema!: string;

  @Field(() => TenantState, { description: 'Whether it is served.' })
  @Enum({ items: () => TenantState })
  state!: TenantState;

  @Field(() => GraphQLDateTime, { description: 'When it was made.' })
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  createdAt!: Opt<Date>;

  @Field(() => String, { nullable: true, description: 'The last migration that its tables have seen.' })
  @Property({ type: 'text', nullable: true })
  migration: string | null = null;

  @Field(() => Int, { description: 'Grows with each change.' })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;

  /** Who registered it, and becomes its owner when its tables stand. */
  @Property({ type: 'json', columnType: 'jsonb', nullable: true })
  registration: Registration | null = null;

  @OneToMany({ entity: () => TenantHost, mappedBy: 'tenant' })
  hosts = new Collection<TenantHost>(this);
}

/** What somebody says who registers a shop. */
export interface Registration {
  ownerName: string;
  ownerEmail: string;
  language: string;
  timeZone: string;
}

/** A host name that leads to a tenant. */
@Entity({ schema: 'platform', tableName: 'tenant_hosts' })
@Index({ name: 'tenant_hosts_tenant_index', properties: ['tenant', 'host'] })
@Check({ name: 'tenant_hosts_host_check', expression: `host = lower(host) and host ~ '^[a-z0-9.-]+$'` })
export class TenantHost {
  /** In lower case and without a port. */
  @PrimaryKey({ type: 'text' })
  host!: string;

  @ManyToOne({ entity: () => Tenant, ref: true, deleteRule: 'cascade', updateRule: 'restrict', index: false })
  tenant!: Ref<Tenant>;
}
