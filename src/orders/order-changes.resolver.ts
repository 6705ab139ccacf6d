import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Field, ID, Int, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { readOne } from '../database/loaders.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { HistoryAction, type HistoryEntry, HistorySubject } from '../history/history-entry.entity.js';
import { Order } from './order.entity.js';
import { orderById } from './order.loaders.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** That an order was changed. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'That an order was placed or changed.' })
class OrderChange {
  @Field(() => Order, { description: 'The order as it is now.' })
  order!: Row<Order>;

  @Field(() => HistoryAction, { description: 'What was done.' })
  action!: HistoryAction;

  @Field(() => Int, { description: 'The version that the order has since this change.' })
  version!: number;

  @Field(() => GraphQLDateTime, { description: 'When it was changed.' })
  at!: Date;
}

@Resolver()
export class OrderChangesResolver {
  @Requires(Permission.ORDERS_READ)
  @Subscription(() => OrderChange, {
    description: 'Tells of each order that is placed or changed, in the order of the changes. Over WebSocket or SSE.',
    subscribe: ({ args, context }) => orderChanges(context as RequestContext, args as OrderChangedArgs),
  })
  orderChanged(
    @Root() change: OrderChange,
    @Arg('storeId', () => ID, {
      nullable: true,
      description: 'Only orders of this store; of all and online without it.',
    })
    _storeId: string | null,
    @Arg('orderId', () => ID, { nullable: true, description: 'Only this order; all without it.' })
    _orderId: string | null,
  ): OrderChange {
    return change;
  }
}

interface OrderChangedArgs {
  storeId?: string | null;
  orderId?: string | null;
}

/** The changes of orders that a subscriber asks for, from now on. */
function orderChanges(
  { reader, historyFeed }: RequestContext,
  { storeId, orderId }: OrderChangedArgs,
): AsyncIterableIterator<OrderChange> {
  const store = typeof storeId === 'string' ? keyOf('Store', storeId) : undefined;
  const key = typeof orderId === 'string' ? keyOf('Order', orderId) : undefined;
  const entries = historyFeed();
  const next = async (): Promise<IteratorResult<OrderChange>> => {
    for (let entry = await entries.next(); !entry.done; entry = await entries.next()) {
      const { subjectType, subject, action, version, at } = entry.value;
      if (subjectType !== HistorySubject.ORDER || (key !== undefined && subject !== key)) {
        continue;
      }
      const order = await orderOf(reader, entry.value);
      if (order && (store === undefined || order.store === store)) {
        return { done: false, value: { order, action, version, at } };
      }
    }
    return { done: true, value: undefined };
  };
  return {
    next,
    return: async () => {
      await entries.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const orders = new WeakMap<Row<HistoryEntry>, Promise<Row<Order> | null>>();

/** The order of an entry, read once for all who are told of it. */
function orderOf(reader: Reader, entry: Row<HistoryEntry>): Promise<Row<Order> | null> {
  let order = orders.get(entry);
  if (!order) {
    order = readOne(reader, orderById, entry.subject, undefined);
    orders.set(entry, order);
  }
  return order;
}
