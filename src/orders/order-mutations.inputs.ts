import { Field, ID, InputType, Int } from 'type-graphql';
import { AddressInput } from '../addresses/address.inputs.js';
import { CreateCustomerInput } from '../customers/customer.inputs.js';
import { keyOf } from '../graphql/global-id.js';
import type { ChangedShipment } from './change-order-items.js';
import type { AddressChoice } from './order-addresses.js';
import type { WantedItem } from './order-lines.js';
import { Fulfilment } from './order.entity.js';
import type { Placement } from './place-order.js';

/** Who orders. */
@InputType({ description: 'Who orders: a customer’s `id`, or a `contact`.' })
export class OrderCustomerInput {
  @Field(() => ID, { nullable: true, description: 'A customer’s id.' })
  id?: string | null;

  @Field(() => CreateCustomerInput, {
    nullable: true,
    description: 'Contacts and a name. Whoever has the contacts is the customer; a new one is made for new contacts.',
  })
  contact?: CreateCustomerInput | null;
}

/** A product and how many pieces of it. */
@InputType({ description: 'A product, by its `productId` or its `sku`, and how many pieces of it.' })
export class OrderItemInput {
  @Field(() => ID, { nullable: true, description: 'The product’s id.' })
  productId?: string | null;

  @Field(() => String, { nullable: true, description: 'The product’s SKU.' })
  sku?: string | null;

  @Field(() => Int, { description: 'How many pieces, at least 1.' })
  quantity!: number;
}

/** An address of an order. */
@InputType({ description: 'One of the customer’s addresses, by its `addressId`, or a `newAddress`.' })
export class OrderAddressInput {
  @Field(() => ID, { nullable: true, description: 'The id of one of the customer’s addresses.' })
  addressId?: string | null;

  @Field(() => AddressInput, { nullable: true, description: 'A new address, which becomes one of the customer’s.' })
  newAddress?: AddressInput | null;
}

/** What goes to one address. */
@InputType({ description: 'What goes to one address: one of the customer’s (`addressId`) or a `newAddress`.' })
export class ShipmentInput extends OrderAddressInput {
  @Field(() => [OrderItemInput], {
    nullable: true,
    description: 'What goes there; without it all that goes to no other address.',
  })
  items?: OrderItemInput[] | null;
}

/** An order to be placed. */
@InputType({ description: 'An order to be placed.' })
export class PlaceOrderInput {
  @Field(() => String, {
    nullable: true,
    description:
      'A key of your own, such as a UUID: sending the same key and input again gives the order that stands, not another.',
  })
  idempotencyKey?: string | null;

  @Field(() => OrderCustomerInput, { description: 'Who orders.' })
  customer!: OrderCustomerInput;

  @Field(() => String, { description: 'The currency by ISO 4217; all products have to be priced in it.' })
  currencyCode!: string;

  @Field(() => [OrderItemInput], { description: 'What is ordered, each product once.' })
  items!: OrderItemInput[];

  @Field(() => Fulfilment, { description: 'Whether it is picked up in the store or shipped.' })
  fulfilment!: Fulfilment;

  @Field(() => ID, { nullable: true, description: 'The store where it is placed; needed when it is picked up.' })
  storeId?: string | null;

  @Field(() => OrderAddressInput, { description: 'Where the invoice goes.' })
  billingAddress!: OrderAddressInput;

  @Field(() => [ShipmentInput], {
    nullable: true,
    description: 'Where the goods go; needed when it is shipped, and not allowed when it is picked up.',
  })
  shipments?: ShipmentInput[] | null;
}

/** An order and the version of it that the caller saw. */
@InputType()
export abstract class OrderVersionInput {
  @Field(() => ID, { description: 'The order’s id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'The version that the caller saw; without it any version will do.' })
  expectedVersion?: number | null;
}

/** An order to begin the work on. */
@InputType({ description: 'An order to begin the work on.' })
export class StartOrderInput extends OrderVersionInput {}

/** An order that is completed. */
@InputType({ description: 'An order that is completed.' })
export class CompleteOrderInput extends OrderVersionInput {}

/** An order that is called off. */
@InputType({ description: 'An order that is called off.' })
export class CancelOrderInput extends OrderVersionInput {
  @Field(() => String, { description: 'Why it is cancelled.' })
  reason!: string;
}

/** What goes to one of an order's addresses. */
@InputType({ description: 'What goes to one of the order’s addresses.' })
export class ChangedShipmentInput {
  @Field(() => ID, { description: 'The id of one of the order’s shipping addresses.' })
  addressId!: string;

  @Field(() => [OrderItemInput], {
    nullable: true,
    description: 'What goes there; without it all that goes to no other address.',
  })
  items?: OrderItemInput[] | null;
}

/** What an order should hold. */
@InputType({ description: 'What an order should hold.' })
export class ChangeOrderItemsInput extends OrderVersionInput {
  @Field(() => [OrderItemInput], {
    description: 'All products that the order should hold. Those that it holds already keep their price.',
  })
  items!: OrderItemInput[];

  @Field(() => [ChangedShipmentInput], {
    nullable: true,
    description: 'Which of the order’s addresses gets what; needed when it is split between several.',
  })
  shipments?: ChangedShipmentInput[] | null;
}

/**
 * A placement with the database's keys.
 * @throws DomainError INVALID_ID when an id is none
 */
export function toPlacement(input: PlaceOrderInput): Placement {
  const { idempotencyKey, customer, currencyCode, items, fulfilment, storeId, billingAddress, shipments } = input;
  return {
    idempotencyKey: idempotencyKey ?? undefined,
    customer: optionalKey('Customer', customer.id),
    contact: customer.contact ?? undefined,
    currencyCode,
    items: items.map(toItem),
    fulfilment,
    store: optionalKey('Store', storeId),
    billingAddress: toAddress(billingAddress),
    shipments: (shipments ?? []).map(shipment => ({ ...toAddress(shipment), items: shipment.items?.map(toItem) })),
  };
}

/**
 * Shipments with the database's keys.
 * @throws DomainError INVALID_ID when an id is none
 */
export function toShipments(shipments: ChangedShipmentInput[] | null | undefined): ChangedShipment[] | undefined {
  return shipments?.map(({ addressId, items }) => ({
    address: keyOf('Address', addressId),
    items: items?.map(toItem),
  }));
}

/**
 * An item with the database's keys.
 * @throws DomainError INVALID_ID when an id is none
 */
export function toItem({ productId, sku, quantity }: OrderItemInput): WantedItem {
  return { product: optionalKey('Product', productId), sku: sku ?? undefined, quantity };
}

function toAddress({ addressId, newAddress }: OrderAddressInput): AddressChoice {
  return { address: optionalKey('Address', addressId), newAddress: newAddress ?? undefined };
}

function optionalKey(typeName: 'Address' | 'Customer' | 'Product' | 'Store', id: string | null | undefined) {
  return typeof id === 'string' ? keyOf(typeName, id) : undefined;
}
