// Before anything with decorators is loaded: they write the metadata that TypeGraphQL reads.
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { AccountResolver } from './auth/account.resolver.js';
import { SessionResolver, UserSessionsResolver } from './auth/session.resolver.js';
import { User } from './auth/user.entity.js';
import { SignInResolver } from './auth/sign-in.resolver.js';
import { sessionById, userById } from './auth/user.loaders.js';
import { addressById } from './addresses/address.loaders.js';
import { AddressResolver } from './addresses/address.resolver.js';
import { countryByCode } from './countries/country.loaders.js';
import { CountryMutationsResolver } from './countries/country-mutations.resolver.js';
import { CountryResolver } from './countries/country.resolver.js';
import { customerById } from './customers/customer.loaders.js';
import { CustomerMutationsResolver } from './customers/customer-mutations.resolver.js';
import { CustomerResolver } from './customers/customer.resolver.js';
import { CustomerRecordsResolver } from './customer-records/customer-records.resolver.js';
import { Customer } from './customers/customer.entity.js';
import { createNodeResolver } from './graphql/node.resolver.js';
import { createSchema } from './graphql/schema.js';
import { CustomerOrdersResolver } from './orders/customer-orders.resolver.js';
import { historyEntryById } from './history/history.list.js';
import { HistoryEntryResolver, historyResolver } from './history/history.resolver.js';
import { Order } from './orders/order.entity.js';
import { Product } from './products/product.entity.js';
import { StockLevel } from './stock/stock-level.entity.js';
import { Store } from './stores/store.entity.js';
import { OrderItemResolver } from './orders/order-item.resolver.js';
import { Permission } from './permissions.js';
import { orderById, orderItemById } from './orders/order.loaders.js';
import { OrderChangesResolver } from './orders/order-changes.resolver.js';
import { OrderMutationsResolver } from './orders/order-mutations.resolver.js';
import { OrderResolver } from './orders/order.resolver.js';
import { PageMutationsResolver } from './pages/page-mutations.resolver.js';
import { pageById } from './pages/page.loaders.js';
import { PageResolver } from './pages/page.resolver.js';
import { SearchHitResolver, SearchResolver } from './pages/search.resolver.js';
import { ProductOrderItemsResolver } from './orders/product-order-items.resolver.js';
import { StoreOrdersResolver } from './orders/store-orders.resolver.js';
import { productById } from './products/product.loaders.js';
import { ProductMutationsResolver } from './products/product-mutations.resolver.js';
import { ProductResolver } from './products/product.resolver.js';
import { OrderStatisticsResolver } from './statistics/order-statistics.resolver.js';
import { StaffMutationsResolver } from './staff/staff-mutations.resolver.js';
import { StaffResolver } from './staff/staff.resolver.js';
import { stockLevelById } from './stock/stock.loaders.js';
import { ProductStockResolver, StockLevelResolver, StoreStockResolver } from './stock/stock.resolver.js';
import { storeById } from './stores/store.loaders.js';
import { StoreMutationsResolver } from './stores/store-mutations.resolver.js';
import { RegistrationResolver } from './tenancy/registration.resolver.js';
import { TenantResolver } from './tenancy/tenant.resolver.js';
import { linkedTasksResolvers } from './tasks/linked-tasks.resolver.js';
import { Task } from './tasks/task.entity.js';
import { taskById } from './tasks/task.loaders.js';
import { TaskMutationsResolver } from './tasks/task-mutations.resolver.js';
import { TaskResolver } from './tasks/task.resolver.js';
import { Tenant } from './tenancy/tenant.entity.js';
import { tenantById } from './tenancy/tenant.loaders.js';
import { StoreResolver } from './stores/store.resolver.js';

import { deliveryById, webhookById } from './webhooks/webhook.list.js';
import { WebhookDeliveryResolver, WebhookResolver } from './webhooks/webhook.resolver.js';

/** The schema of the whole API: every feature's resolvers, and how each type of object is found by its id. */
export function createApiSchema(): Promise<GraphQLSchema> {
  return createSchema([
    AddressResolver,
    CountryResolver,
    CountryMutationsResolver,
    CustomerResolver,
    CustomerMutationsResolver,
    CustomerOrdersResolver,
    CustomerRecordsResolver,
    OrderResolver,
    OrderMutationsResolver,
    OrderChangesResolver,
    OrderItemResolver,
    OrderStatisticsResolver,
    PageResolver,
    PageMutationsResolver,
    SearchResolver,
    SearchHitResolver,
    ProductResolver,
    ProductMutationsResolver,
    ProductStockResolver,
    ProductOrderItemsResolver,
    AccountResolver,
    SessionResolver,
    SignInResolver,
    StaffResolver,
    StaffMutationsResolver,
    UserSessionsResolver,
    TenantResolver,
    RegistrationResolver,
    StockLevelResolver,
    StoreResolver,
    StoreMutationsResolver,
    StoreStockResolver,
    StoreOrdersResolver,
    TaskResolver,
    TaskMutationsResolver,
    ...linkedTasksResolvers,
    WebhookResolver,
    WebhookDeliveryResolver,
    HistoryEntryResolver,
    ...[Customer, Order, Product, StockLevel, Store, Task, Tenant, User].map(historyResolver),
    createNodeResolver({
      Address: [addressById, Permission.PERSONAL_DATA_READ],
      Country: [countryByCode, Permission.COUNTRIES_READ],
      Customer: [customerById, Permission.CUSTOMERS_READ],
      HistoryEntry: [historyEntryById, Permission.HISTORY_READ],
      Order: [orderById, Permission.ORDERS_READ],
      OrderItem: [orderItemById, Permission.ORDERS_READ],
      Page: [pageById, Permission.GUIDE_READ],
      Product: [productById, Permission.CATALOGUE_READ],
      Session: [sessionById, Permission.USERS_MANAGE],
      StockLevel: [stockLevelById, Permission.STOCK_READ],
      Store: [storeById, Permission.CATALOGUE_READ],
      Task: [taskById, Permission.TASKS_READ],
      Tenant: [tenantById, Permission.TENANTS_MANAGE],
      User: [userById, Permission.USERS_READ],
      Webhook: [webhookById, Permission.WEBHOOKS_MANAGE],
      WebhookDelivery: [deliveryById, Permission.WEBHOOKS_MANAGE],
    }),
  ]);
}
