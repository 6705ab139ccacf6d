import { AccountToken } from './auth/account-token.entity.js';
import { RefreshToken, Session } from './auth/session.entity.js';
import { Throttle } from './auth/throttle.entity.js';
import { User } from './auth/user.entity.js';
import { Address } from './addresses/address.entity.js';
import { Country } from './countries/country.entity.js';
import { Customer, CustomerAddress } from './customers/customer.entity.js';
import { HistoryEntry } from './history/history-entry.entity.js';
import { BulkImport } from './bulk/bulk-import.entity.js';
import { IdempotencyKey } from './orders/idempotency-key.entity.js';
import { Order, OrderItem, OrderShipment, OrderShippingAddress } from './orders/order.entity.js';
import { Page } from './pages/page.entity.js';
import { SearchWord } from './pages/search-word.entity.js';
import { Product } from './products/product.entity.js';
import { InStoreTime, OrderFigure, OrderFigureChange } from './statistics/order-figure.entity.js';
import { StockLevel } from './stock/stock-level.entity.js';
import { Store } from './stores/store.entity.js';
import { Mail } from './mail/mail.entity.js';
import { Task } from './tasks/task.entity.js';
import { Tenant, TenantHost } from './tenancy/tenant.entity.js';
import { Webhook, WebhookDelivery } from './webhooks/webhook.entity.js';

/** Tables that stand once, in the schema `platform`. */
export const platformEntities = [Country, Tenant, TenantHost, Mail, Throttle];

/**
 * Tables of people, how they sign in and who changed them. They stand in each tenant's schema, and in `platform` for its
 * operators.
 */
export const accountEntities = [User, Session, RefreshToken, AccountToken, HistoryEntry];

/** Tables that stand in each tenant's schema. */
export const tenantEntities = [
  ...accountEntities,
  Address,
  Customer,
  CustomerAddress,
  Store,
  Product,
  Order,
  OrderItem,
  OrderShippingAddress,
  OrderShipment,
  StockLevel,
  IdempotencyKey,
  Task,
  Webhook,
  WebhookDelivery,
  BulkImport,
  Page,
  SearchWord,
  OrderFigure,
  OrderFigureChange,
  InStoreTime,
];
