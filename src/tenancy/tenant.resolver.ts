import { Planned, type Planner } from '../plans/planned.js';
import { page } from '../plans/planners.js';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import type { RequestContext } from '../context.js';
import { readPage, SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { answer, mutate, payloadType } from '../graphql/mutation.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { nameKey } from './name-key.js';
import { removeTenant } from './remove-tenant.js';
import { Tenant, TenantState, TenantHost } from './tenant.entity.js';
import {
  CreateTenantInput,
  RemoveTenantInput,
  RenameTenantInput,
  ResumeTenantInput,
  SetTenantHostsInput,
  SuspendTenantInput,
} from './tenant.inputs.js';
import { tenantList } from './tenant.list.js';
import { hostsOfTenant, tenantById, tenantByName } from './tenant.loaders.js';
import { createTenant, renameTenant, resumeTenant, setTenantHosts, suspendTenant } from './tenant.service.js';

const TenantConnection = connectionType(Tenant, 'Tenant');
const CreateTenantPayload = payloadType('CreateTenant', { tenant: Tenant });
const RenameTenantPayload = payloadType('RenameTenant', { tenant: Tenant });
const SetTenantHostsPayload = payloadType('SetTenantHosts', { tenant: Tenant });
const SuspendTenantPayload = payloadType('SuspendTenant', { tenant: Tenant });
const ResumeTenantPayload = payloadType('ResumeTenant', { tenant: Tenant });

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `removeTenant` answers.' })
class RemoveTenantPayload extends payloadType('RemoveTenant', {}) {
  @Field(() => Boolean, { nullable: true, description: 'Whether the shop is gone.' })
  removed?: boolean;

  @Field(() => String, { nullable: true, description: 'The file on the server that the archive was written to.' })
  archive?: string | null;
}

@ArgsType()
class TenantsArgs extends PageArgs {
  @Field(() => TenantState, { nullable: true, description: 'Only shops in this state; all without it.' })
  state?: TenantState | null;

  @Field(() => SortDirection, { description: 'The direction to sort by name in.' })
  direction: SortDirection = SortDirection.ASC;
}

const byName: Planner<{ name: string }> = ({ writer }, { name }) => {
  const tenants = writer.table(Tenant);
  const wanted = nameKey(writer.parameter(name.trim(), 'text'));
  return {
    kind: 'row',
    entity: Tenant,
    from: alias => `from ${tenants.name} ${alias} where ${nameKey(`${alias}.${tenants.column('name')}`)} = ${wanted}`,
  };
};

const hostsInOrder: Planner = ({ writer, column }) => {
  const hosts = writer.table(TenantHost);
  const alias = writer.alias();
  const host = `${alias}.${hosts.column('host')}`;
  return {
    kind: 'value',
    sql: `array_to_json(array(select ${host} from ${hosts.name} ${alias}
      where ${alias}.${hosts.column('tenant')} = ${column('id')} order by ${host}))`,
  };
};

function toTenantsRequest(args: TenantsArgs) {
  const { direction, state } = args;
  return { page: toPageRequest(args), sort: 'NAME', direction, filter: { state: state ?? undefined } } as const;
}

@Resolver(() => Tenant)
export class TenantResolver {
  @Requires(Permission.TENANTS_MANAGE)
  @Planned(byName)
  @Query(() => Tenant, {
    nullable: true,
    description: 'A shop by its name, regardless of case; null when there is none.',
  })
  tenant(
    @Arg('name', () => String, { description: 'The shop’s name.' }) name: string,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(tenantByName, name.trim());
  }

  @Requires(Permission.TENANTS_MANAGE)
  @Planned(page(tenantList, toTenantsRequest))
  @Query(() => TenantConnection, { description: 'All shops of this installation, by name.' })
  tenants(@Args(() => TenantsArgs) args: TenantsArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, tenantList, toTenantsRequest(args));
  }

  @Planned(hostsInOrder)
  @FieldResolver(() => [String], { description: 'The host names that lead to it, in alphabetical order.' })
  hosts(@Root() tenant: Row<Tenant>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(hostsOfTenant, tenant.id);
  }

  @Requires(Permission.TENANTS_MANAGE)
  @Mutation(() => CreateTenantPayload, { description: 'Makes a shop with a schema of its own, whole or not at all.' })
  createTenant(
    @Arg('input', () => CreateTenantInput, { description: 'The shop.' }) input: CreateTenantInput,
    @Ctx() context: RequestContext,
  ) {
    const { transact, tenancy, loaders } = context;
    return answer(
      async () => {
        const key = await createTenant(transact, tenancy.buildTables, input, input.seed ? tenancy.seed : undefined);
        return { tenant: await loaders.load(tenantById, key) };
      },
      async () => ({}),
    );
  }

  @Requires(Permission.TENANTS_MANAGE)
  @Mutation(() => RenameTenantPayload, { description: 'Gives a shop another name. Its schema and its data stay.' })
  renameTenant(
    @Arg('input', () => RenameTenantInput, { description: 'The name.' }) input: RenameTenantInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Tenant', input.id);
    return mutate(context, 'tenant', tenantById, transaction => renameTenant(transaction, key, input.name));
  }

  @Requires(Permission.TENANTS_MANAGE)
  @Mutation(() => SetTenantHostsPayload, { description: 'Says which host names lead to a shop.' })
  setTenantHosts(
    @Arg('input', () => SetTenantHostsInput, { description: 'The host names.' }) input: SetTenantHostsInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Tenant', input.id);
    return mutate(context, 'tenant', tenantById, transaction => setTenantHosts(transaction, key, input.hosts));
  }

  @Requires(Permission.TENANTS_MANAGE)
  @Mutation(() => SuspendTenantPayload, { description: 'Serves a shop no more until it is resumed. Its data stay.' })
  suspendTenant(
    @Arg('input', () => SuspendTenantInput, { description: 'Which shop.' }) input: SuspendTenantInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Tenant', input.id);
    return mutate(context, 'tenant', tenantById, transaction => suspendTenant(transaction, key));
  }

  @Requires(Permission.TENANTS_MANAGE)
  @Mutation(() => ResumeTenantPayload, { description: 'Serves a shop again that was suspended.' })
  resumeTenant(
    @Arg('input', () => ResumeTenantInput, { description: 'Which shop.' }) input: ResumeTenantInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Tenant', input.id);
    return mutate(context, 'tenant', tenantById, transaction => resumeTenant(transaction, key));
  }

  @Requires(Permission.TENANTS_MANAGE)
  @Mutation(() => RemoveTenantPayload, {
    description: 'Removes a shop with all of its data, after an archive of it was written on the server.',
  })
  removeTenant(
    @Arg('input', () => RemoveTenantInput, { description: 'Which shop.' }) input: RemoveTenantInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Tenant', input.id);
    const { transact, tenancy } = context;
    return answer(
      async () => {
        const write = input.archive === false ? undefined : tenancy.writeArchive;
        return { removed: true, archive: (await removeTenant(transact, key, input.confirmName, write)) ?? null };
      },
      async () => ({}),
    );
  }
}
