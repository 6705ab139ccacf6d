import { GraphQLDateTime } from 'graphql-scalars';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { type ListRequest, SortDirection } from '../database/list.js';
import { invalidRange } from '../errors.js';
import { keyOf } from '../graphql/global-id.js';
import { PageArgs, toPageRequest } from '../graphql/paging.js';
import { Fulfilment, OrderStatus } from './order.entity.js';
import type { OrderConditions } from './order.list.js';

/** What orders can be narrowed to. All that is given must hold. */
@InputType({ description: 'What orders can be narrowed to. All that is given must hold.' })
export class OrderFilter {
  @Field(() => [OrderStatus], { nullable: true, description: 'Only orders in one of these states.' })
  status?: OrderStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'Only orders placed in this store.' })
  storeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only orders of this customer.' })
  customerId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only in-store purchases (true), or only shipped orders (false).',
  })
  inStore?: boolean | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Only orders placed at this time or later.' })
  placedFrom?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Only orders placed before this time.' })
  placedBefore?: Date | null;
}

/** The arguments of a list of orders. */
@ArgsType()
export class OrdersArgs extends PageArgs {
  @Field(() => OrderFilter, { nullable: true, description: 'What to narrow the list to; all orders without it.' })
  filter?: OrderFilter | null;

  @Field(() => SortDirection, {
    description: 'The direction to sort by the time of placing in; newest first without it.',
  })
  direction: SortDirection = SortDirection.DESC;
}

/**
 * What a list of orders is asked for.
 * @throws DomainError INVALID_PAGE, INVALID_ID or INVALID_RANGE when an argument is wrong
 */
export function toOrderRequest(args: OrdersArgs): ListRequest<OrderConditions, 'PLACED_AT'> {
  return {
    page: toPageRequest(args),
    sort: 'PLACED_AT',
    direction: args.direction,
    filter: toConditions(args.filter ?? {}),
  };
}

function toConditions(filter: OrderFilter): OrderConditions {
  const { status, storeId, customerId, inStore, placedFrom, placedBefore } = filter;
  if (placedFrom && placedBefore && placedFrom >= placedBefore) {
    throw invalidRange(placedFrom, placedBefore, 'placedFrom', 'placedBefore');
  }
  return {
    status: status ?? undefined,
    // An empty id is a mistake, not the wish for all orders.
    store: typeof storeId === 'string' ? keyOf('Store', storeId) : undefined,
    customer: typeof customerId === 'string' ? keyOf('Customer', customerId) : undefined,
    fulfilment:
      inStore === undefined || inStore === null ? undefined : inStore ? Fulfilment.PICK_UP : Fulfilment.SHIPPED,
    placedFrom: placedFrom ?? undefined,
    placedBefore: placedBefore ?? undefined,
  };
}
