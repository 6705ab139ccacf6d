import { Planned } from '../plans/planned.js';
import { pageOf } from '../plans/planners.js';
import { Args, type ClassType, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { User } from '../auth/user.entity.js';
import type { RequestContext } from '../context.js';
import { Customer } from '../customers/customer.entity.js';
import { Requires } from '../graphql/requires.js';
import { Order } from '../orders/order.entity.js';
import { Permission } from '../permissions.js';
import { TaskConnection } from './task.connections.js';
import { LinkedTasksArgs, toLinkedTasksRequest } from './task.inputs.js';
import { tasksOfCustomer, tasksOfOrder, tasksOfUser } from './task.loaders.js';

/** What tasks add to orders, customers and users, who know nothing of them. */
export const linkedTasksResolvers = [
  linkedTasksResolver(Order, tasksOfOrder, 'Tasks about the order, those that are due first.'),
  linkedTasksResolver(Customer, tasksOfCustomer, 'Tasks about the customer, those that are due first.'),
  linkedTasksResolver(User, tasksOfUser, 'Tasks that the user is to do, those that are due first.'),
];

function linkedTasksResolver(
  type: ClassType<{ id: string }>,
  batch: typeof tasksOfOrder,
  description: string,
): ClassType<object> {
  @Resolver(() => type)
  class LinkedTasksResolver {
    @Requires(Permission.TASKS_READ)
    @Planned(pageOf(batch, toLinkedTasksRequest))
    @FieldResolver(() => TaskConnection, { description })
    tasks(
      @Root() { id }: { id: string },
      @Args(() => LinkedTasksArgs) args: LinkedTasksArgs,
      @Ctx() { loaders }: RequestContext,
    ) {
      return loaders.load(batch, id, toLinkedTasksRequest(args));
    }
  }
  return LinkedTasksResolver;
}
