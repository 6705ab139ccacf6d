import { addressesUsed, customerOfContact } from './customer.plans.js';
import { byKey, one, page } from '../plans/planners.js';
import { Planned } from '../plans/planned.js';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Address } from '../addresses/address.entity.js';
import type { RequestContext } from '../context.js';
import { type ListRequest, readPage, SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { parseContact } from './contact.js';
import { AddressKind, Customer } from './customer.entity.js';
import { customerList, CustomerSort } from './customer.list.js';
import { addressesOfCustomer, customerByContact, customerById } from './customer.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const CustomerConnection = connectionType(Customer, 'Customer');

@ArgsType()
class CustomersArgs extends PageArgs {
  @Field(() => CustomerSort, { description: 'What to sort by.' })
  sort: CustomerSort = CustomerSort.NAME;

  @Field(() => SortDirection, { description: 'The direction to sort in.' })
  direction: SortDirection = SortDirection.ASC;
}

function toCustomersRequest(args: CustomersArgs): ListRequest<undefined, CustomerSort> {
  const { sort, direction } = args;
  return { page: toPageRequest(args), sort, direction, filter: undefined };
}

@Resolver(() => Customer)
export class CustomerResolver {
  @Requires(Permission.CUSTOMERS_READ)
  @Planned(byKey<{ id: string }>(customerById, ({ id }) => keyOf('Customer', id)))
  @Query(() => Customer, { nullable: true, description: 'A customer by id; null when there is none.' })
  customer(@Arg('id', () => ID, { description: 'The customer’s id.' }) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(customerById, keyOf('Customer', id));
  }

  @Requires(Permission.PERSONAL_DATA_READ)
  @Planned(customerOfContact)
  @Query(() => Customer, {
    nullable: true,
    description: 'A customer by email or telephone, a merged duplicate’s among them; null when nobody has it.',
  })
  customerByContact(
    @Arg('contact', () => String, {
      description: 'An email address in any case, or a telephone number with any punctuation.',
    })
    contact: string,
    @Ctx() { loaders }: RequestContext,
  ) {
    const { kind, value } = parseContact(contact);
    return loaders.load(customerByContact, value, kind);
  }

  @Requires(Permission.PERSONAL_DATA_READ)
  @Planned(page(customerList, toCustomersRequest))
  @Query(() => CustomerConnection, { description: 'All customers, without duplicates that were merged into others.' })
  customers(@Args(() => CustomersArgs) args: CustomersArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, customerList, toCustomersRequest(args));
  }

  @Planned(one(customerById, 'mergedInto'))
  @FieldResolver(() => Customer, {
    nullable: true,
    description: 'The customer whom this duplicate was merged into, if it was; orders and addresses are there.',
  })
  mergedInto(@Root() customer: Row<Customer>, @Ctx() { loaders }: RequestContext) {
    return customer.mergedInto === null ? null : loaders.load(customerById, customer.mergedInto);
  }

  @Requires(Permission.PERSONAL_DATA_READ)
  @Planned(addressesUsed)
  @FieldResolver(() => [Address], { description: 'The customer’s addresses, each once.' })
  addresses(
    @Root() customer: Row<Customer>,
    @Arg('kind', () => AddressKind, { nullable: true, description: 'Only those used for this; all without it.' })
    kind: AddressKind | null,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(addressesOfCustomer, customer.id, { kind: kind ?? null });
  }
}
