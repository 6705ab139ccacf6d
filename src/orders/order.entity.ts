import { Collection, PrimaryKeyProp, type Ref } from '@mikro-orm/core';
import {
  Check,
  Entity,
  Enum,
  Index,
  ManyToOne,
  OneToMany,
  PrimaryKey,
  Property,
  Unique,
} from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Address } from '../addresses/address.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { newId } from '../database/new-id.js';
import { Node } from '../graphql/node.js';
import { Decimal } from '../graphql/scalars.js';
import { Product } from '../products/product.entity.js';
import { Store } from '../stores/store.entity.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** How far an order has come. */
export enum OrderStatus {
  PENDING = 'PENDING',
  IN_PROGRESS = 'IN_PROGRESS',
  COMPLETED = 'COMPLETED',
  CANCELLED = 'CANCELLED',
}

registerEnumType(OrderStatus, {
  name: 'OrderStatus',
  description: 'How far an order has come.',
  valuesConfig: {
    PENDING: { description: 'Placed, and nobody works on it yet.' },
    IN_PROGRESS: { description: 'Being picked, packed or shipped.' },
    COMPLETED: { description: 'The customer has the goods.' },
    CANCELLED: { description: 'Called off.' },
  },
});

/** How the goods reach the customer. */
export enum Fulfilment {
  PICK_UP = 'PICK_UP',
  SHIPPED = 'SHIPPED',
}

registerEnumType(Fulfilment, {
  name: 'Fulfilment',
  description: 'How the goods reach the customer.',
  valuesConfig: {
    PICK_UP: { description: 'Taken along in a store: the order has no shipping address and is an in-store purchase.' },
    SHIPPED: { description: 'Sent to one or more shipping addresses.' },
  },
});

/**
 * An order. It is an in-store purchase exactly when it has no shipping address; the column `fulfilment` says the same
 * where an index can read it, and a deferred constraint trigger (see the migration) refuses a transaction in which the
 * two disagree.
 */
@Requires(Permission.ORDERS_READ)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'What a customer ordered, in a store or online.' })
@Entity({ schema: '*', tableName: 'orders' })
@Index({ name: 'orders_placed_at_index', properties: ['placedAt', 'id'] })
@Index({ name: 'orders_status_index', properties: ['status', 'placedAt', 'id'] })
@Index({ name: 'orders_customer_index', properties: ['customer', 'placedAt', 'id'] })
@Index({ name: 'orders_store_index', properties: ['store', 'placedAt', 'id'] })
@Index({ name: 'orders_fulfilment_index', properties: ['fulfilment', 'placedAt', 'id'] })
@Index({ name: 'orders_billing_address_index', properties: ['billingAddress'] })
@Check({ name: 'orders_pick_up_check', expression: `fulfilment = 'SHIPPED' or store_id is not null` })
@Check({ name: 'orders_cancel_reason_check', expression: `cancel_reason is null or status = 'CANCELLED'` })
@Check({ name: 'orders_currency_code_check', expression: `currency_code ~ '^[A-Z]{3}$'` })
export class Order {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @ManyToOne({ entity: () => Customer, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  customer!: Ref<Customer>;

  @ManyToOne({ entity: () => Address, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  billingAddress!: Ref<Address>;

  /** The store where it was placed; null for an order placed online. */
  @ManyToOne({
    entity: () => Store,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  store: Ref<Store> | null = null;

  @Field(() => Fulfilment, { description: 'How the goods reach the customer.' })
  @Enum({ items: () => Fulfilment })
  fulfilment!: Fulfilment;

  @Field(() => OrderStatus, { description: 'How far the order has come.' })
  @Enum({ items: () => OrderStatus, default: OrderStatus.PENDING })
  status: OrderStatus = OrderStatus.PENDING;

  /** Milliseconds are all that a JavaScript date holds, so a cursor made of it loses nothing. */
  @Field(() => GraphQLDateTime, { description: 'When the order was placed.' })
  @Property({ columnType: 'timestamptz(3)' })
  placedAt: Date = new Date();

  @Property({ type: 'text' })
  currencyCode!: string;

  @Requires(Permission.PERSONAL_DATA_READ)
  @Field(() => String, { nullable: true, description: 'Why it was cancelled, if it was and somebody said so.' })
  @Property({ type: 'text', nullable: true })
  cancelReason: string | null = null;

  @Field(() => Int, {
    description: 'Grows with each change; give it as `expectedVersion` to change only what you saw.',
  })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;

  @OneToMany({ entity: () => OrderItem, mappedBy: 'order' })
  items = new Collection<OrderItem>(this);

  @OneToMany({ entity: () => OrderShippingAddress, mappedBy: 'order' })
  shippingAddressLinks = new Collection<OrderShippingAddress>(this);
}

/**
 * The amounts of a line, as SQL: the one place where money is rounded. PostgreSQL rounds `numeric` half away from zero, and
 * no amount is negative, so this is half-up, per line; a total is a sum of what lines say, so the parts always equal it.
 */
const lineSubtotal = 'round(quantity * unit_price, currency_decimals)';
// Times 0.01, since a division by 100 rounds a large quotient before it is rounded here.
const lineTax = `round(${lineSubtotal} * tax_rate * 0.01, currency_decimals)`;
export const lineAmounts = { subtotal: lineSubtotal, tax: lineTax, total: `${lineSubtotal} + ${lineTax}` };

/** One line of an order, with the product's name and price as they were when it was placed. */
@Requires(Permission.ORDERS_READ)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'One line of an order.' })
@Entity({ schema: '*', tableName: 'order_items' })
@Unique({ name: 'order_items_order_line_unique', properties: ['order', 'lineNumber'] })
@Index({ name: 'order_items_product_index', properties: ['product', 'id'] })
@Check({ name: 'order_items_line_number_check', expression: `line_number > 0` })
@Check({ name: 'order_items_quantity_check', expression: `quantity > 0` })
@Check({
  name: 'order_items_unit_price_check',
  expression: `unit_price >= 0 and unit_price < 1000000000000 and scale(unit_price) <= 4`,
})
@Check({ name: 'order_items_currency_decimals_check', expression: `currency_decimals between 0 and 4` })
@Check({ name: 'order_items_tax_rate_check', expression: `tax_rate >= 0 and tax_rate <= 100 and scale(tax_rate) <= 4` })
@Check({ name: 'order_items_currency_code_check', expression: `currency_code ~ '^[A-Z]{3}$'` })
@Check({ name: 'order_items_product_name_check', expression: `btrim(product_name) <> ''` })
export class OrderItem {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @ManyToOne({ entity: () => Order, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  order!: Ref<Order>;

  @Field(() => Int, { description: 'The line’s place in its order, from 1.' })
  @Property({ type: 'integer' })
  lineNumber!: number;

  @ManyToOne({ entity: () => Product, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  product!: Ref<Product>;

  @Field(() => String, { description: 'The product’s name when the order was placed.' })
  @Property({ type: 'text' })
  productName!: string;

  @Field(() => Int, { description: 'How many pieces.' })
  @Property({ type: 'integer' })
  quantity!: number;

  /** The order's currency, as it stands here so that a line can be read without its order. */
  @Property({ type: 'text' })
  currencyCode!: string;

  /** A decimal in text, in units of `currencyCode`. */
  @Property({ columnType: 'numeric', type: 'string' })
  unitPrice!: string;

  /** Decimals of the currency, to which the line's amounts are rounded. */
  @Property({ type: 'smallint' })
  currencyDecimals!: number;

  /** Percent, a decimal in text. */
  @Field(() => Decimal, { description: 'Tax on the line when it was ordered, in percent: `"20"` for 20 %.' })
  @Property({ columnType: 'numeric', type: 'string', default: '0' })
  taxRate: string = '0';

  /** Quantity times unit price without tax. */
  @Property({ columnType: 'numeric', type: 'string', generated: `(${lineAmounts.subtotal}) stored` })
  readonly subtotal!: string;

  @Property({ columnType: 'numeric', type: 'string', generated: `(${lineAmounts.tax}) stored` })
  readonly tax!: string;

  @Property({ columnType: 'numeric', type: 'string', generated: `(${lineAmounts.total}) stored` })
  readonly lineTotal!: string;
}

/** That an order, or a part of it, is sent to an address. */
@Entity({ schema: '*', tableName: 'order_shipping_addresses' })
@Index({ name: 'order_shipping_addresses_address_index', properties: ['address'] })
export class OrderShippingAddress {
  [PrimaryKeyProp]?: ['order', 'address'];

  @ManyToOne({
    entity: () => Order,
    ref: true,
    primary: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  order!: Ref<Order>;

  @ManyToOne({
    entity: () => Address,
    ref: true,
    primary: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  address!: Ref<Address>;
}

/** How many pieces of a line are sent to an address, for orders that are split between several. */
@Entity({ schema: '*', tableName: 'order_shipments' })
@Index({ name: 'order_shipments_address_index', properties: ['address'] })
@Check({ name: 'order_shipments_quantity_check', expression: `quantity > 0` })
export class OrderShipment {
  [PrimaryKeyProp]?: ['item', 'address'];

  @ManyToOne({
    entity: () => OrderItem,
    ref: true,
    primary: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  item!: Ref<OrderItem>;

  @ManyToOne({
    entity: () => Address,
    ref: true,
    primary: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  address!: Ref<Address>;

  @Property({ type: 'integer' })
  quantity!: number;
}
