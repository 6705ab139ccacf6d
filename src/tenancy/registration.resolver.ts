import { Arg, Ctx, Field, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { networkOf } from '../auth/network.js';
import { plainEmail } from '../auth/sign-in.js';
import { countAttempts, countDone, type Limit } from '../auth/throttle.js';
import type { RequestContext } from '../context.js';
import { keyOf, toGlobalId } from '../graphql/global-id.js';
import { answer, payloadType } from '../graphql/mutation.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { ProblemCode, refused } from '../problems.js';
import { registerTenant } from './registration.js';
import { TenantState } from './tenant.entity.js';
import { RegisterTenantInput } from './tenant.inputs.js';
import { tenantById } from './tenant.loaders.js';

/** Registrations from one network address: each makes a schema. */
const registrationsOfAddress: Limit = { name: 'register address', most: 10, minutes: 60 };

/** Registrations in the name of one email address: each sends it a mail. */
const registrationsOfOwner: Limit = { name: 'register owner', most: 5, minutes: 60 };

/** How far a registration has come. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'How far a registration has come.' })
class TenantRegistration {
  @Field(() => ID, { description: 'Give it to `tenantRegistration` to ask again.' })
  id!: string;

  @Field(() => String, { description: 'The shop’s name, which the header `x-tenant` names it by.' })
  name!: string;

  @Field(() => TenantState, {
    description: 'PROVISIONING until the shop’s tables stand; then ACTIVE, and the mail to the owner is on its way.',
  })
  state!: TenantState;
}

const RegisterTenantPayload = payloadType('RegisterTenant', { registration: TenantRegistration });

@Resolver()
export class RegistrationResolver {
  @Requires(Permission.PUBLIC)
  @Mutation(() => RegisterTenantPayload, {
    description:
      'Registers a shop, where this installation allows it. It is made in the background: ask `tenantRegistration` how far it is.',
  })
  registerTenant(
    @Arg('input', () => RegisterTenantInput, { description: 'The shop and its owner.' }) input: RegisterTenantInput,
    @Ctx() context: RequestContext,
  ) {
    const { tenancy, reader, client, transact } = context;
    return answer(
      async () => {
        if (!tenancy.openRegistration) {
          const message = 'Shops are made by the operator of this platform alone; ask there.';
          throw refused(ProblemCode.REGISTRATION_CLOSED, null, message);
        }
        await countAttempts(reader, [[registrationsOfAddress, networkOf(client.address)]]);
        const ofOwner = [registrationsOfOwner, plainEmail(input.owner.email)] as const;
        const key = await countDone(reader, [ofOwner], () => registerTenant(transact, input));
        return { registration: await load(context, key) };
      },
      async () => ({}),
    );
  }

  @Requires(Permission.PUBLIC)
  @Query(() => TenantRegistration, {
    nullable: true,
    description: 'How far a registration has come; null when there is no such shop (any more).',
  })
  tenantRegistration(
    @Arg('id', () => ID, { description: 'The `id` that `registerTenant` gave.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    return load(context, keyOf('Tenant', id));
  }
}

async function load({ loaders }: RequestContext, key: string): Promise<TenantRegistration | null> {
  const tenant = await loaders.load(tenantById, key);
  return tenant && { id: toGlobalId('Tenant', tenant.id), name: tenant.name, state: tenant.state };
}
