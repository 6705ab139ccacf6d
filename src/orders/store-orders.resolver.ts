import { pageOf } from '../plans/planners.js';
import { Planned } from '../plans/planned.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import type { Row } from '../database/row.js';
import { Store } from '../stores/store.entity.js';
import { OrderConnection } from './order.connections.js';
import { OrdersArgs, toOrderRequest } from './order.inputs.js';
import { ordersOfStore } from './order.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** What orders add to stores, which know nothing of orders. */
@Resolver(() => Store)
export class StoreOrdersResolver {
  @Requires(Permission.ORDERS_READ)
  @Planned(pageOf(ordersOfStore, toOrderRequest))
  @FieldResolver(() => OrderConnection, { description: 'Orders placed in the store, newest first.' })
  orders(@Root() store: Row<Store>, @Args(() => OrdersArgs) args: OrdersArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(ordersOfStore, store.id, toOrderRequest(args));
  }
}
