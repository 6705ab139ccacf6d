import { Address } from '../addresses/address.entity.js';
import type { Place, Planner, Shape } from '../plans/planned.js';
import { rowBy } from '../plans/planners.js';
import { OrderItem, OrderShipment } from './order.entity.js';

/** Which pieces of an order go to which address: the addresses by the first line that goes there, the pieces by their lines. */
export const shipmentsInPlan: Planner = place => {
  const { shipments, items, pieces } = tables(place);
  const order = place.column('id');
  return {
    kind: 'objects',
    from: alias => `from (
      select s.${shipments.column('address')} as address, min(i.${items.column('lineNumber')}) as line
      ${pieces} where i.${items.column('order')} = ${order} group by 1) ${alias}`,
    orderBy: alias => `${alias}.line, ${alias}.address`,
    fields: {
      address: alias => rowBy(Address, 'id', `${alias}.address`, place),
      items: alias => piecesTo(place, order, `${alias}.address`),
    },
  };
};

function piecesTo(place: Place, order: string, address: string): Shape {
  const { shipments, items, pieces } = tables(place);
  return {
    kind: 'objects',
    from: alias => `from (
      select s.${shipments.column('item')} as item, s.${shipments.column('quantity')} as quantity,
        i.${items.column('lineNumber')} as line
      ${pieces} where i.${items.column('order')} = ${order} and s.${shipments.column('address')} = ${address}) ${alias}`,
    orderBy: alias => `${alias}.line`,
    fields: {
      item: alias => rowBy(OrderItem, 'id', `${alias}.item`, place),
      quantity: alias => ({ kind: 'value', sql: `${alias}.quantity` }),
    },
  };
}

function tables({ writer }: Place) {
  const [shipments, items] = [writer.table(OrderShipment), writer.table(OrderItem)];
  const pieces = `from ${items.name} i join ${shipments.name} s on s.${shipments.column('item')} = i.${items.column('id')}`;
  return { shipments, items, pieces };
}
