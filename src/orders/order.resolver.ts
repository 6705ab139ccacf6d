import { shippingAddresses, totalOf } from './order.plans.js';
import { byKey, many, one, page } from '../plans/planners.js';
import { Planned } from '../plans/planned.js';
import { GraphQLDateTime } from 'graphql-scalars';
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
import { orderAsOf, type OrderRow } from './order-as-of.js';
import {
  itemsOfOrder,
  orderById,
  type OrderTotals,
  shipmentsOfOrder,
  shippingAddressesOfOrder,
  totalsOfOrder,
} from './order.loaders.js';
import { shipmentsInPlan } from './shipment.plan.js';
import { Shipment, toShipments } from './shipment.types.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** The arguments of the query `order`. */
interface OrderArgs {
  id: string;
  asOf?: Date | null;
}

const orderByArgs = byKey<OrderArgs>(orderById, ({ id }) => keyOf('Order', id));

@Resolver(() => Order)
export class OrderResolver {
  @Requires(Permission.ORDERS_READ)
  @Planned<OrderArgs>((place, args) => (args.asOf ? undefined : orderByArgs(place, args)))
  @Query(() => Order, { nullable: true, description: 'An order by id; null when there is none.' })
  order(
    @Arg('id', () => ID, { description: 'The order’s id.' }) id: string,
    @Arg('asOf', () => GraphQLDateTime, {
      nullable: true,
      description: 'Shows the order as it was at this time; null when it was not placed yet.',
    })
    asOf: Date | null,
    @Ctx() { loaders, reader }: RequestContext,
  ) {
    const key = keyOf('Order', id);
    return asOf ? orderAsOf(reader, key, asOf) : loaders.load(orderById, key);
  }

  @Requires(Permission.ORDERS_READ)
  @Planned(page(orderList, toOrderRequest))
  @Query(() => OrderConnection, { description: 'All orders, newest first.' })
  orders(@Args(() => OrdersArgs) args: OrdersArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, orderList, toOrderRequest(args));
  }

  @Planned(one(customerById, 'customer'))
  @FieldResolver(() => Customer, { description: 'Who placed it.' })
  customer(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(customerById, order.customer);
  }

  @Planned(one(storeById, 'store'))
  @FieldResolver(() => Store, {
    nullable: true,
    description: 'The store that it was placed in; null when placed online.',
  })
  store(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return order.store === null ? null : loaders.load(storeById, order.store);
  }

  @Planned(one(addressById, 'billingAddress'))
  @FieldResolver(() => Address, { description: 'Where the invoice goes.' })
  billingAddress(@Root() order: Row<Order>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(addressById, order.billingAddress);
  }

  @Planned(shippingAddresses)
  @FieldResolver(() => [Address], { description: 'Where the goods go. Empty for an in-store purchase.' })
  shippingAddresses(@Root() { id, past }: OrderRow, @Ctx() { loaders }: RequestContext) {
    return past?.shippingAddresses
      ? past.shippingAddresses.map(address => loaders.load(addressById, address))
      : loaders.load(shippingAddressesOfOrder, id);
  }

  @Planned(shipmentsInPlan)
  @FieldResolver(() => [Shipment], {
    description: 'Which pieces go to which address, for an order that is split between several; empty for others.',
  })
  async shipments(@Root() { id, past }: OrderRow, @Ctx() { loaders }: RequestContext): Promise<Shipment[]> {
    const [pieces, items] = await Promise.all([
      past?.shipments ?? loaders.load(shipmentsOfOrder, id),
      past?.items ?? loaders.load(itemsOfOrder, id),
    ]);
    return toShipments(pieces, items, address => loaders.load(addressById, address));
  }

  @Planned(many(itemsOfOrder))
  @FieldResolver(() => [OrderItem], { description: 'Its lines, in their order.' })
  items(@Root() { id, past }: OrderRow, @Ctx() { loaders }: RequestContext) {
    return past?.items ?? loaders.load(itemsOfOrder, id);
  }

  @Planned(totalOf('subtotal'))
  @FieldResolver(() => Money, { description: 'What its lines cost together without tax.' })
  async subtotal(@Root() order: OrderRow, @Ctx() context: RequestContext) {
    return money((await totalsOf(order, context)).subtotal, order.currencyCode);
  }

  @Planned(totalOf('tax'))
  @FieldResolver(() => Money, { description: 'The tax of its lines together.' })
  async tax(@Root() order: OrderRow, @Ctx() context: RequestContext) {
    return money((await totalsOf(order, context)).tax, order.currencyCode);
  }

  @Planned(totalOf('lineTotal'))
  @FieldResolver(() => Money, { description: 'What its lines cost together with tax: `subtotal` and `tax`.' })
  async total(@Root() order: OrderRow, @Ctx() context: RequestContext) {
    return money((await totalsOf(order, context)).total, order.currencyCode);
  }
}

function totalsOf({ id, past }: OrderRow, { loaders }: RequestContext): Promise<OrderTotals> | OrderTotals {
  return past?.totals ?? loaders.load(totalsOfOrder, id);
}
