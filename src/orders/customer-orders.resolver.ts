import { pageOf } from '../plans/planners.js';
import { Planned } from '../plans/planned.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { Customer } from '../customers/customer.entity.js';
import type { Row } from '../database/row.js';
import { OrderConnection } from './order.connections.js';
import { OrdersArgs, toOrderRequest } from './order.inputs.js';
import { ordersOfCustomer } from './order.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** What orders add to customers, who know nothing of orders. */
@Resolver(() => Customer)
export class CustomerOrdersResolver {
  @Requires(Permission.ORDERS_READ)
  @Planned(pageOf(ordersOfCustomer, toOrderRequest))
  @FieldResolver(() => OrderConnection, { description: 'The customer’s orders, newest first.' })
  orders(
    @Root() customer: Row<Customer>,
    @Args(() => OrdersArgs) args: OrdersArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(ordersOfCustomer, customer.id, toOrderRequest(args));
  }
}
