import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Address } from '../addresses/address.entity.js';
import { addressById } from '../addresses/address.loaders.js';
import type { RequestContext } from '../context.js';
import { Customer } from '../customers/customer.entity.js';
import { customerById } from '../customers/customer.loaders.js';
import { readPage } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { Money, money } from '../graphql/money.js';
import { Store } from '../stores/store.entity.js';
import { storeById } from '../stores/store.loaders.js';
import { OrderConnection } from './order.connections.js';
import { Order, OrderItem } from './order.entity.js';
import { OrdersArgs, toOrderRequest } from './order.inputs.js';
import { orderList } from './order.list.js';
import { itemsOfOrder, orderById, shippingAddressesOfOrder, totalOfOrder } from './order.loaders.js';

@Resolver(() => Order)
export class OrderResolver {
  @Query(() => Order, { nullable: true, description: 'An order by id; null when there is none.' })
  order(@Arg('id', () => ID, { description: 'The order’s id.' }) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(orderById, keyOf('Order', id));
  }

  @Query(() => OrderConnection, { description: 'All orders, newest first.' })
  orders(@Args(() => OrdersArgs) args: OrdersArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, orderList, toOrderRequest(args));
  }

  @FieldResolver(() => Customer, { description: 'Who placed it.' })
  customer(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(customerById, order.customer);
  }

  @FieldResolver(() => Store, {
    nullable: true,
    description: 'The store that it was placed in; null when placed online.',
  })
  store(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return order.store === null ? null : loaders.load(storeById, order.store);
  }

  @FieldResolver(() => Address, { description: 'Where the invoice goes.' })
  billingAddress(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(addressById, order.billingAddress);
  }

  @FieldResolver(() => [Address], { description: 'Where the goods go. Empty for an in-store purchase.' })
  shippingAddresses(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(shippingAddressesOfOrder, order.id);
  }

  @FieldResolver(() => [OrderItem], { description: 'Its lines, in their order.' })
  items(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(itemsOfOrder, order.id);
  }

  @FieldResolver(() => Money, { description: 'What its lines cost together.' })
  async total(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return money(await loaders.load(totalOfOrder, order.id), order.currencyCode);
  }
}
