import type { GraphQLSchema } from 'graphql';
import { addressById } from './addresses/address.loaders.js';
import { AddressResolver } from './addresses/address.resolver.js';
import { countryByCode } from './countries/country.loaders.js';
import { CountryResolver } from './countries/country.resolver.js';
import { customerById } from './customers/customer.loaders.js';
import { CustomerResolver } from './customers/customer.resolver.js';
import { createNodeResolver } from './graphql/node.resolver.js';
import { createSchema } from './graphql/schema.js';
import { CustomerOrdersResolver } from './orders/customer-orders.resolver.js';
import { OrderItemResolver } from './orders/order-item.resolver.js';
import { orderById, orderItemById } from './orders/order.loaders.js';
import { OrderResolver } from './orders/order.resolver.js';
import { ProductOrderItemsResolver } from './orders/product-order-items.resolver.js';
import { StoreOrdersResolver } from './orders/store-orders.resolver.js';
import { productById } from './products/product.loaders.js';
import { ProductResolver } from './products/product.resolver.js';
import { OrderStatisticsResolver } from './statistics/order-statistics.resolver.js';
import { storeById } from './stores/store.loaders.js';
import { StoreResolver } from './stores/store.resolver.js';

/** The schema of the whole API: every feature's resolvers, and how each type of object is found by its id. */
export function createApiSchema(): Promise<GraphQLSchema> {
  return createSchema([
    AddressResolver,
    CountryResolver,
    CustomerResolver,
    CustomerOrdersResolver,
    OrderResolver,
    OrderItemResolver,
    OrderStatisticsResolver,
    ProductResolver,
    ProductOrderItemsResolver,
    StoreResolver,
    StoreOrdersResolver,
    createNodeResolver({
      Address: addressById,
      Country: countryByCode,
      Customer: customerById,
      Order: orderById,
      OrderItem: orderItemById,
      Product: productById,
      Store: storeById,
    }),
  ]);
}
