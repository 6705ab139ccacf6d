import { amount, one } from '../plans/planners.js';
import { Planned } from '../plans/planned.js';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import type { Row } from '../database/row.js';
import { Money, money } from '../graphql/money.js';
import { Product } from '../products/product.entity.js';
import { productById } from '../products/product.loaders.js';
import { Order, OrderItem } from './order.entity.js';
import { orderById } from './order.loaders.js';

@Resolver(() => OrderItem)
export class OrderItemResolver {
  @Planned(one(orderById, 'order'))
  @FieldResolver(() => Order, { description: 'The order that it is a line of.' })
  order(@Root() item: Row<OrderItem>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(orderById, item.order);
  }

  @Planned(one(productById, 'product'))
  @FieldResolver(() => Product, { description: 'The product as it is today.' })
  product(@Root() item: Row<OrderItem>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(productById, item.product);
  }

  @Planned(amount('unitPrice', 'currencyDecimals'))
  @FieldResolver(() => Money, { description: 'What one piece cost without tax when the order was placed.' })
  unitPrice(@Root() item: Row<OrderItem>) {
    return money(item.unitPrice, item.currencyCode);
  }

  @Planned(amount('subtotal', 'currencyDecimals'))
  @FieldResolver(() => Money, { description: 'Quantity times unit price, rounded half up to the currency’s decimals.' })
  subtotal(@Root() item: Row<OrderItem>) {
    return money(item.subtotal, item.currencyCode);
  }

  @Planned(amount('tax', 'currencyDecimals'))
  @FieldResolver(() => Money, { description: 'Tax on the subtotal, rounded half up to the currency’s decimals.' })
  tax(@Root() item: Row<OrderItem>) {
    return money(item.tax, item.currencyCode);
  }

  @Planned(amount('lineTotal', 'currencyDecimals'))
  @FieldResolver(() => Money, { description: 'What the line costs with tax: `subtotal` and `tax`.' })
  lineTotal(@Root() item: Row<OrderItem>) {
    return money(item.lineTotal, item.currencyCode);
  }
}
