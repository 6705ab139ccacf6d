import { Address } from './addresses/address.entity.js';
import { Country } from './countries/country.entity.js';
import { Customer, CustomerAddress } from './customers/customer.entity.js';
import { Order, OrderItem, OrderShippingAddress } from './orders/order.entity.js';
import { Product } from './products/product.entity.js';
import { Store } from './stores/store.entity.js';

/** Tables that stand once, in the schema `platform`. */
export const platformEntities = [Country];

/** Tables that stand in each tenant's schema. */
export const tenantEntities = [
  Address,
  Customer,
  CustomerAddress,
  Store,
  Product,
  Order,
  OrderItem,
  OrderShippingAddress,
];
