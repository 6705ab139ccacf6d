import { pageOf } from '../plans/planners.js';
import { Planned } from '../plans/planned.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { type ListRequest, SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { PageArgs, toPageRequest } from '../graphql/paging.js';
import { Product } from '../products/product.entity.js';
import { OrderItemConnection } from './order.connections.js';
import { orderItemsOfProduct } from './order.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** What orders add to products, which know nothing of orders. */
@Resolver(() => Product)
export class ProductOrderItemsResolver {
  @Requires(Permission.ORDERS_READ)
  @Planned(pageOf(orderItemsOfProduct, toItemsRequest))
  @FieldResolver(() => OrderItemConnection, { description: 'Lines of orders that sold it, newest first.' })
  orderItems(@Root() product: Row<Product>, @Args(() => PageArgs) page: PageArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(orderItemsOfProduct, product.id, toItemsRequest(page));
  }
}

function toItemsRequest(page: PageArgs): ListRequest<undefined, 'CREATED'> {
  return { page: toPageRequest(page), sort: 'CREATED', direction: SortDirection.DESC, filter: undefined };
}
