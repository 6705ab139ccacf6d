import { Planned } from '../plans/planned.js';
import { byKey, one, page } from '../plans/planners.js';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { User } from '../auth/user.entity.js';
import { userById } from '../auth/user.loaders.js';
import type { RequestContext } from '../context.js';
import { Customer } from '../customers/customer.entity.js';
import { customerById } from '../customers/customer.loaders.js';
import { readPage } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { Requires } from '../graphql/requires.js';
import { Order } from '../orders/order.entity.js';
import { orderById } from '../orders/order.loaders.js';
import { Permission } from '../permissions.js';
import { TaskConnection } from './task.connections.js';
import { Task } from './task.entity.js';
import { TasksArgs, toTaskRequest } from './task.inputs.js';
import { taskList } from './task.list.js';
import { taskById } from './task.loaders.js';

@Resolver(() => Task)
export class TaskResolver {
  @Requires(Permission.TASKS_READ)
  @Planned(byKey<{ id: string }>(taskById, ({ id }) => keyOf('Task', id)))
  @Query(() => Task, { nullable: true, description: 'A task by id; null when there is none.' })
  task(@Arg('id', () => ID, { description: 'The task’s id.' }) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(taskById, keyOf('Task', id));
  }

  @Requires(Permission.TASKS_READ)
  @Planned(page(taskList, toTaskRequest))
  @Query(() => TaskConnection, { description: 'All tasks of a state, those that are due first without more said.' })
  tasks(@Args(() => TasksArgs) args: TasksArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, taskList, toTaskRequest(args));
  }

  @Planned(one(userById, 'assignee'))
  @FieldResolver(() => User, { nullable: true, description: 'Who is to do it; null for nobody.' })
  assignee(@Root() task: Row<Task>, @Ctx() { loaders }: RequestContext) {
    return task.assignee === null ? null : loaders.load(userById, task.assignee);
  }

  @Planned(one(userById, 'creator'))
  @FieldResolver(() => User, { nullable: true, description: 'Who made it; null where a program did.' })
  creator(@Root() task: Row<Task>, @Ctx() { loaders }: RequestContext) {
    return task.creator === null ? null : loaders.load(userById, task.creator);
  }

  @Planned(one(userById, 'completedBy'))
  @FieldResolver(() => User, { nullable: true, description: 'Who completed it, if it is completed.' })
  completedBy(@Root() task: Row<Task>, @Ctx() { loaders }: RequestContext) {
    return task.completedBy === null ? null : loaders.load(userById, task.completedBy);
  }

  @Planned(one(orderById, 'order'))
  @FieldResolver(() => Order, { nullable: true, description: 'The order that it is about, if it is about one.' })
  order(@Root() task: Row<Task>, @Ctx() { loaders }: RequestContext) {
    return task.order === null ? null : loaders.load(orderById, task.order);
  }

  @Planned(one(customerById, 'customer'))
  @FieldResolver(() => Customer, { nullable: true, description: 'The customer whom it is about, if it is about one.' })
  customer(@Root() task: Row<Task>, @Ctx() { loaders }: RequestContext) {
    return task.customer === null ? null : loaders.load(customerById, task.customer);
  }
}
