import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { type ListRequest, SortDirection } from '../database/list.js';
import { invalidRange } from '../errors.js';
import { keyOf } from '../graphql/global-id.js';
import { versionInput } from '../graphql/object-input.js';
import { PageArgs, toPageRequest } from '../graphql/paging.js';
import { CalendarDate } from '../graphql/scalars.js';
import { maxTags, TaskPriority, TaskState } from './task.entity.js';
import { type TaskConditions, TaskSort } from './task.list.js';
import { maxTag, type NewTaskValues, type TaskValues } from './task.service.js';

const tags = `Words to find it by: at most ${maxTags}, of ${maxTag} characters each.`;

/** A task to be made. */
@InputType({ description: 'A task to be made.' })
export class CreateTaskInput {
  @Field(() => String, { description: 'What is to be done, in a line.' })
  title!: string;

  @Field(() => String, { nullable: true, description: 'What else there is to say.' })
  text?: string | null;

  @Field(() => CalendarDate, { nullable: true, description: 'The day by whose end it is due; never without it.' })
  dueOn?: string | null;

  @Field(() => TaskPriority, { nullable: true, description: 'How much it matters; `NORMAL` without it.' })
  priority?: TaskPriority | null;

  @Field(() => [String], { nullable: true, description: tags })
  tags?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'The user who is to do it; nobody without it.' })
  assigneeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The order that it is about.' })
  orderId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The customer whom it is about.' })
  customerId?: string | null;
}

/** What of a task is changed. */
@InputType({
  description: 'What of a task is changed. What is left out stays as it is, and null clears what can be empty.',
})
export class UpdateTaskInput extends versionInput('task', 'changed') {
  @Field(() => String, { nullable: true, description: 'What is to be done, in a line.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'What else there is to say.' })
  text?: string | null;

  @Field(() => CalendarDate, { nullable: true, description: 'The day by whose end it is due.' })
  dueOn?: string | null;

  @Field(() => TaskPriority, { nullable: true, description: 'How much it matters.' })
  priority?: TaskPriority | null;

  @Field(() => [String], { nullable: true, description: `${tags} They take the place of those that it has.` })
  tags?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'The order that it is about.' })
  orderId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The customer whom it is about.' })
  customerId?: string | null;
}

/** Who is to do a task. */
@InputType({ description: 'Who is to do a task.' })
export class AssignTaskInput extends versionInput('task', 'assigned') {
  @Field(() => ID, { nullable: true, description: 'The user who is to do it; null for nobody.' })
  assigneeId?: string | null;
}

/** A task that is done. */
@InputType({ description: 'A task that is done.' })
export class CompleteTaskInput extends versionInput('task', 'completed') {}

/** A task that is not done after all. */
@InputType({ description: 'A task that is not done after all.' })
export class ReopenTaskInput extends versionInput('task', 'reopened') {}

/** A task that is no longer wanted. */
@InputType({ description: 'A task that is no longer wanted.' })
export class DeleteTaskInput extends versionInput('task', 'deleted') {}

/** What tasks can be narrowed to. */
@InputType({ description: 'What tasks can be narrowed to. All that is given must hold.' })
export class TaskFilter {
  @Field(() => TaskState, { description: 'Only tasks in this state.' })
  state: TaskState = TaskState.OPEN;

  @Field(() => ID, { nullable: true, description: 'Only tasks of this user.' })
  assigneeId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only tasks that nobody is to do (true), or only those that somebody is (false).',
  })
  unassigned?: boolean | null;

  @Field(() => CalendarDate, { nullable: true, description: 'Only tasks that are due on this day or later.' })
  dueFrom?: string | null;

  @Field(() => CalendarDate, {
    nullable: true,
    description:
      'Only tasks that are due before this day. Give the day that it is where the reader is, and you have what is overdue.',
  })
  dueBefore?: string | null;

  @Field(() => String, { nullable: true, description: 'Only tasks with this tag.' })
  tag?: string | null;

  @Field(() => TaskPriority, { nullable: true, description: 'Only tasks that matter so much.' })
  priority?: TaskPriority | null;

  @Field(() => ID, { nullable: true, description: 'Only tasks about this order.' })
  orderId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only tasks about this customer.' })
  customerId?: string | null;
}

/** The arguments of the list of tasks. */
@ArgsType()
export class TasksArgs extends PageArgs {
  @Field(() => TaskFilter, { nullable: true, description: 'What to narrow the list to; all open tasks without it.' })
  filter?: TaskFilter | null;

  @Field(() => TaskSort, { description: 'What to sort by.' })
  sort: TaskSort = TaskSort.DUE;

  @Field(() => SortDirection, { description: 'The direction to sort in.' })
  direction: SortDirection = SortDirection.ASC;
}

/** The arguments of the tasks of an order, a customer or a user. */
@ArgsType()
export class LinkedTasksArgs extends PageArgs {
  @Field(() => TaskState, { nullable: true, description: 'Only tasks in this state; all without it.' })
  state?: TaskState | null;

  @Field(() => SortDirection, { description: 'The direction to sort by the day in on which they are due.' })
  direction: SortDirection = SortDirection.ASC;
}

/**
 * What a list of tasks is asked for.
 * @throws DomainError INVALID_PAGE, INVALID_ID or INVALID_RANGE when an argument is wrong
 */
export function toTaskRequest(args: TasksArgs): ListRequest<TaskConditions, TaskSort> {
  const { sort, direction } = args;
  return { page: toPageRequest(args), sort, direction, filter: toConditions(args.filter ?? new TaskFilter()) };
}

/**
 * What the tasks of an order, a customer or a user are asked for.
 * @throws DomainError INVALID_PAGE when an argument is wrong
 */
export function toLinkedTasksRequest(args: LinkedTasksArgs): ListRequest<TaskConditions, TaskSort> {
  const { state, direction } = args;
  return { page: toPageRequest(args), sort: TaskSort.DUE, direction, filter: { state: state ?? undefined } };
}

function toConditions(filter: TaskFilter): TaskConditions {
  const { state, assigneeId, unassigned, dueFrom, dueBefore, tag, priority, orderId, customerId } = filter;
  if (dueFrom && dueBefore && dueFrom >= dueBefore) {
    throw invalidRange(dueFrom, dueBefore, 'dueFrom', 'dueBefore');
  }
  return {
    state,
    // An empty id is a mistake, not the wish for all tasks.
    assignee: typeof assigneeId === 'string' ? keyOf('User', assigneeId) : undefined,
    unassigned: unassigned ?? undefined,
    dueFrom: dueFrom ?? undefined,
    dueBefore: dueBefore ?? undefined,
    tag: tag?.trim(),
    priority: priority ?? undefined,
    order: typeof orderId === 'string' ? keyOf('Order', orderId) : undefined,
    customer: typeof customerId === 'string' ? keyOf('Customer', customerId) : undefined,
  };
}

/**
 * A new task's values, by keys.
 * @throws DomainError INVALID_ID when an id is none
 */
export function toNewTask({ assigneeId, ...input }: CreateTaskInput): NewTaskValues {
  return { ...toTaskValues(input), assignee: toKey('User', assigneeId) };
}

/**
 * A task's values, by keys.
 * @throws DomainError INVALID_ID when an id is none
 */
export function toTaskValues(input: Omit<CreateTaskInput, 'title' | 'assigneeId'> & TaskValues): TaskValues {
  const { title, text, dueOn, priority, tags, orderId, customerId } = input;
  return {
    title,
    text,
    dueOn,
    priority,
    tags,
    order: toKey('Order', orderId),
    customer: toKey('Customer', customerId),
  };
}

/** The key of an id; null and what was left out stay so. */
export function toKey(typeName: 'Customer' | 'Order' | 'User', id: string | null | undefined) {
  return typeof id === 'string' ? keyOf(typeName, id) : id;
}
