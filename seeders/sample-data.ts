import { OrderStatus } from '../src/orders/order.entity.js';
import { ProductState } from '../src/products/product.entity.js';
import { StoreState } from '../src/stores/store.entity.js';
import type { TaskPriority } from '../src/tasks/task.entity.js';
import addressRows from './data/addresses.json' with { type: 'json' };
import customerRows from './data/customers.json' with { type: 'json' };
import orderRows from './data/orders.json' with { type: 'json' };
import pageRows from './data/pages.json' with { type: 'json' };
import productRows from './data/products.json' with { type: 'json' };
import storeRows from './data/stores.json' with { type: 'json' };
import taskRows from './data/tasks.json' with { type: 'json' };
import { sampleId } from './sample-id.js';

// The files name things by key, name or SKU; ids come from `number`, which therefore never changes once it was given.

interface SampleAddress {
  number: number;
  key: string;
  line1: string;
  line2?: string;
  city: string;
  state?: string;
  zipCode: string;
  country: string;
}

interface SampleCustomer {
  number: number;
  key: string;
  firstName: string;
  lastName: string;
  email?: string;
  telephone?: string;
  billingAddresses: string[];
  shippingAddresses: string[];
}

interface SampleStore {
  number: number;
  name: string;
  address: string;
  state: StoreState;
}

interface SampleProduct {
  number: number;
  sku: string;
  name: string;
  description: string;
  price: string;
  state: ProductState;
}

interface SampleOrder {
  number: number;
  placedAt: string;
  customer: string;
  billingAddress: string;
  /** Null when it was placed online. */
  store: string | null;
  status: OrderStatus;
  /** Empty when the goods were taken along in the store. */
  shippingAddresses: string[];
  items: SampleOrderItem[];
}

interface SamplePage {
  number: number;
  language: 'en' | 'da';
  title: string;
  url: string;
  lastUpdated: string;
  body: string;
}

interface SampleOrderItem {
  sku: string;
  quantity: number;
  /** The product's name at that time, where it has changed since. */
  productName?: string;
  /** The product's price at that time, where it has changed since. */
  unitPrice?: string;
}

interface SampleTask {
  number: number;
  createdAt: string;
  title: string;
  text: string;
  /** The day by which it is due, if it is. */
  dueOn?: string;
  priority: TaskPriority;
  tags: string[];
  customer?: string;
  /** The number of an order. */
  order?: number;
  /** When it was done; without it, it is open. */
  completedAt?: string;
}

export const sampleAddresses: SampleAddress[] = addressRows;
export const sampleCustomers: SampleCustomer[] = customerRows;
export const sampleStores = storeRows as SampleStore[];
export const sampleProducts = productRows as SampleProduct[];
export const samplePages = pageRows as SamplePage[];
export const sampleOrders = orderRows as SampleOrder[];
export const sampleTasks = taskRows as SampleTask[];

/** The id of an address by its key in addresses.json. */
export function addressId(key: string): string {
  return sampleId('address', find(sampleAddresses, 'key', key).number);
}

/** The id of a customer by its key in customers.json. */
export function customerId(key: string): string {
  return sampleId('customer', find(sampleCustomers, 'key', key).number);
}

/** The id of a store by its name. */
export function storeId(name: string): string {
  return sampleId('store', find(sampleStores, 'name', name).number);
}

/** The id of a product by its SKU. */
export function productId(sku: string): string {
  return sampleId('product', sampleProduct(sku).number);
}

/** The id of an order by its number in orders.json. */
export function orderId(number: number): string {
  const order = find(sampleOrders, 'number', number);
  return sampleId('order', number, new Date(order.placedAt));
}

/** The id of a page by its number in pages.json. */
export function pageId(number: number): string {
  return sampleId('page', number);
}

/** The product of a SKU. */
export function sampleProduct(sku: string): SampleProduct {
  return find(sampleProducts, 'sku', sku);
}

function find<T, K extends keyof T>(rows: T[], property: K, value: T[K]): T {
  const row = rows.find(candidate => candidate[property] === value);
  if (!row) {
    throw new Error(`The sample data refers to "${String(value)}", but no row has this ${String(property)}.`);
  }
  return row;
}
