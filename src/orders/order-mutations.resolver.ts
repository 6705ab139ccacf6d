import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import type { Transaction } from '../database/transactions.js';
import { keyOf } from '../graphql/global-id.js';
import { answer, mutate, payloadType, write } from '../graphql/mutation.js';
import { cancelOrder, completeOrder, startOrder } from './advance-order.js';
import { changeOrderItems } from './change-order-items.js';
import { Order } from './order.entity.js';
import { orderById } from './order.loaders.js';
import {
  CancelOrderInput,
  ChangeOrderItemsInput,
  CompleteOrderInput,
  type OrderVersionInput,
  PlaceOrderInput,
  StartOrderInput,
  toItem,
  toPlacement,
  toShipments,
} from './order-mutations.inputs.js';
import { placeOrder } from './place-order.js';
import { keepOrder } from './write-order.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const PlaceOrderPayload = payloadType('PlaceOrder', { order: Order });
const StartOrderPayload = payloadType('StartOrder', { order: Order });
const CompleteOrderPayload = payloadType('CompleteOrder', { order: Order });
const CancelOrderPayload = payloadType('CancelOrder', { order: Order });
const ChangeOrderItemsPayload = payloadType('ChangeOrderItems', { order: Order });

@Resolver()
export class OrderMutationsResolver {
  @Requires(Permission.ORDERS_WRITE)
  @Mutation(() => PlaceOrderPayload, {
    description: 'Places an order at today’s prices and reserves its goods. All problems are reported together.',
  })
  placeOrder(
    @Arg('input', () => PlaceOrderInput, { description: 'The order.' }) input: PlaceOrderInput,
    @Ctx() context: RequestContext,
  ) {
    const placement = toPlacement(input);
    const load = async (key: string) => ({ order: await context.loaders.load(orderById, key) });
    return answer(async () => {
      const { id, written } = await write(context, transaction =>
        placeOrder(transaction, placement, context.idempotencyKeyHours),
      );
      if (written) {
        keepOrder(context.loaders, written);
      }
      return load(id);
    }, load);
  }

  @Requires(Permission.ORDERS_WRITE)
  @Mutation(() => StartOrderPayload, { description: 'Begins the work on an order that is PENDING.' })
  startOrder(
    @Arg('input', () => StartOrderInput, { description: 'Which order.' }) input: StartOrderInput,
    @Ctx() context: RequestContext,
  ) {
    return change(context, input, startOrder);
  }

  @Requires(Permission.ORDERS_WRITE)
  @Mutation(() => CompleteOrderPayload, {
    description: 'Completes an order that is IN_PROGRESS: the customer has the goods.',
  })
  completeOrder(
    @Arg('input', () => CompleteOrderInput, { description: 'Which order.' }) input: CompleteOrderInput,
    @Ctx() context: RequestContext,
  ) {
    return change(context, input, completeOrder);
  }

  @Requires(Permission.ORDERS_WRITE)
  @Mutation(() => CancelOrderPayload, {
    description: 'Cancels an order that is not completed, and gives back what it had reserved.',
  })
  cancelOrder(
    @Arg('input', () => CancelOrderInput, { description: 'Which order, and why.' }) input: CancelOrderInput,
    @Ctx() context: RequestContext,
  ) {
    return change(context, input, (transaction, key, version) => cancelOrder(transaction, key, version, input.reason));
  }

  @Requires(Permission.ORDERS_WRITE)
  @Mutation(() => ChangeOrderItemsPayload, { description: 'Changes what a PENDING order holds.' })
  changeOrderItems(
    @Arg('input', () => ChangeOrderItemsInput, { description: 'Which order, and what it should hold.' })
    input: ChangeOrderItemsInput,
    @Ctx() context: RequestContext,
  ) {
    const [items, shipments] = [input.items.map(toItem), toShipments(input.shipments)];
    return change(context, input, (transaction, key, version) =>
      changeOrderItems(transaction, key, version, items, shipments),
    );
  }
}

function change(
  context: RequestContext,
  { id, expectedVersion }: OrderVersionInput,
  work: (transaction: Transaction, key: string, expectedVersion: number | undefined) => Promise<string>,
) {
  const key = keyOf('Order', id);
  return mutate(context, 'order', orderById, transaction => work(transaction, key, expectedVersion ?? undefined));
}
