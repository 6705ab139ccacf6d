import { Field, Int, ObjectType } from 'type-graphql';
import { Address } from '../addresses/address.entity.js';
import type { Row } from '../database/row.js';
import { OrderItem } from './order.entity.js';
import type { PastShipment } from './order-parts.js';
import { INHERITED, Requires } from '../graphql/requires.js';

/** Pieces of one line. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'Pieces of one line of an order.' })
export class ShipmentItem {
  @Field(() => OrderItem, { description: 'The line.' })
  item!: Row<OrderItem>;

  @Field(() => Int, { description: 'How many of its pieces.' })
  quantity!: number;
}

/** What goes to one address. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What of an order goes to one address.' })
export class Shipment {
  @Field(() => Address, { description: 'Where it goes.' })
  address!: () => Promise<Row<Address> | null>;

  @Field(() => [ShipmentItem], { description: 'What goes there.' })
  items!: ShipmentItem[];
}

/** The pieces of an order by their addresses. */
export function toShipments(
  pieces: readonly PastShipment[],
  items: readonly Row<OrderItem>[],
  loadAddress: (key: string) => Promise<Row<Address> | null>,
): Shipment[] {
  const byId = new Map(items.map(item => [item.id, item]));
  return [...new Set(pieces.map(({ address }) => address))].map(address => ({
    address: () => loadAddress(address),
    items: pieces
      .filter(piece => piece.address === address)
      .map(({ item, quantity }) => ({ item: byId.get(item)!, quantity })),
  }));
}
