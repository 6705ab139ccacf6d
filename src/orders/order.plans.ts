import { Address } from '../addresses/address.entity.js';
import { moneySql } from '../graphql/money.js';
import type { Planner } from '../plans/planned.js';
import { OrderItem, OrderShippingAddress } from './order.entity.js';

/** The addresses that an order is sent to, oldest first. */
export const shippingAddresses: Planner = ({ writer, column }) => {
  const [addresses, links] = [writer.table(Address), writer.table(OrderShippingAddress)];
  const link = writer.alias();
  const order = column('id');
  return {
    kind: 'rows',
    entity: Address,
    from: alias => `from ${links.name} ${link}
      join ${addresses.name} ${alias} on ${alias}.${addresses.column('id')} = ${link}.${links.column('address')}
      where ${link}.${links.column('order')} = ${order}`,
    orderBy: alias => `${alias}.${addresses.column('id')}`,
  };
};

/** The sum of an amount of an order's lines. */
export function totalOf(amount: 'subtotal' | 'tax' | 'lineTotal'): Planner {
  return ({ writer, column }) => {
    const items = writer.table(OrderItem);
    const alias = writer.alias();
    const currency = column('currencyCode');
    const sum = `coalesce(sum(${alias}.${items.column(amount)}), 0)`;
    return {
      kind: 'fields',
      fields: {
        amount: `(select ${moneySql(sum, currency)} from ${items.name} ${alias}
          where ${alias}.${items.column('order')} = ${column('id')})`,
        currencyCode: currency,
      },
    };
  };
}
