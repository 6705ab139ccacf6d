import type { Opt, Ref } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { User } from '../auth/user.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { newId } from '../database/new-id.js';
import { TextArrayType } from '../database/text-array.js';
import { Node } from '../graphql/node.js';
import { Requires } from '../graphql/requires.js';
import { CalendarDate } from '../graphql/scalars.js';
import { Order } from '../orders/order.entity.js';
import { Permission } from '../permissions.js';

/** Whether a task is still to be done. */
export enum TaskState {
  OPEN = 'OPEN',
  COMPLETED = 'COMPLETED',
}

registerEnumType(TaskState, {
  name: 'TaskState',
  description: 'Whether a task is still to be done.',
  valuesConfig: {
    OPEN: { description: 'Still to be done.' },
    COMPLETED: { description: 'Done.' },
  },
});

/** How much a task matters, from little to most. */
export enum TaskPriority {
  LOW = 'LOW',
  NORMAL = 'NORMAL',
  HIGH = 'HIGH',
  URGENT = 'URGENT',
}

registerEnumType(TaskPriority, {
  name: 'TaskPriority',
  description: 'How much a task matters.',
  valuesConfig: {
    LOW: { description: 'When there is time.' },
    NORMAL: { description: 'As most tasks.' },
    HIGH: { description: 'Before others.' },
    URGENT: { description: 'Before all others.' },
  },
});

/** Tags of a task at the most. */
export const maxTags = 20;

/** The place of a priority among all, from 1: by its name, HIGH would come before LOW. */
export function rankOf(priority: TaskPriority): number {
  return Object.values(TaskPriority).indexOf(priority) + 1;
}

const ranks = Object.values(TaskPriority)
  .map(priority => `when '${priority}' then ${rankOf(priority)}`)
  .join(' ');

/** An index of those tasks alone for which a condition holds. */
function partialIndex(name: string, columns: string, condition: string) {
  return Index({
    name,
    expression: (_columns: unknown, table: { name: string }) =>
      `create index "${name}" on "${table.name}" (${columns}) where ${condition}`,
  });
}

/**
 * Something that the shop's staff have to do. Lists are of one state, and the indexes begin with it or with whose the list
 * is. A task that is deleted is gone, and its history stays.
 */
@Requires(Permission.TASKS_READ)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'Something that the shop’s staff have to do.' })
@Entity({ schema: '*', tableName: 'tasks' })
@Index({ name: 'tasks_due_index', properties: ['state', 'dueOrder', 'id'] })
@Index({ name: 'tasks_priority_index', properties: ['state', 'priorityRank', 'id'] })
@Index({ name: 'tasks_title_index', properties: ['state', 'title', 'id'] })
@Index({ name: 'tasks_created_index', properties: ['state', 'id'] })
@partialIndex('tasks_assignee_index', 'assignee_id, state, due_order, id', 'assignee_id is not null')
@partialIndex('tasks_unassigned_index', 'state, due_order, id', 'assignee_id is null')
@partialIndex('tasks_order_index', 'order_id, due_order, id', 'order_id is not null')
@partialIndex('tasks_customer_index', 'customer_id, due_order, id', 'customer_id is not null')
@partialIndex('tasks_creator_index', 'creator_id', 'creator_id is not null')
@partialIndex('tasks_completed_by_index', 'completed_by_id', 'completed_by_id is not null')
@Index({
  name: 'tasks_tags_index',
  expression: (columns, table, name) => `create index "${name}" on "${table.name}" using gin (${columns.tags})`,
})
@Check({ name: 'tasks_title_check', expression: `btrim(title) <> ''` })
@Check({ name: 'tasks_tags_check', expression: `cardinality(tags) <= ${maxTags}` })
@Check({ name: 'tasks_completed_check', expression: `(state = 'COMPLETED') = (completed_at is not null)` })
@Check({ name: 'tasks_completed_by_check', expression: `completed_by_id is null or state = 'COMPLETED'` })
export class Task {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Field(() => String, { description: 'What is to be done, in a line.' })
  @Property({ type: 'text' })
  title!: string;

  @Field(() => String, { description: 'What else there is to say; may be empty.' })
  @Property({ type: 'text', default: '' })
  text: string = '';

  /** A day and no moment: it is due on that day wherever its assignee is, and moves with nobody's time zone. */
  @Field(() => CalendarDate, { nullable: true, description: 'The day by whose end it is due, if it is.' })
  @Property({ columnType: 'date', type: 'string', nullable: true })
  dueOn: string | null = null;

  /** What lists sort by: a task that is never due comes after all others, and a cursor has no null in it. */
  @Property({ columnType: 'date', type: 'string', generated: `(coalesce(due_on, 'infinity'::date)) stored` })
  readonly dueOrder!: string;

  @Field(() => TaskPriority, { description: 'How much it matters.' })
  @Enum({ items: () => TaskPriority, default: TaskPriority.NORMAL })
  priority: TaskPriority = TaskPriority.NORMAL;

  /** What lists sort by. */
  @Property({ columnType: 'int', type: 'integer', generated: `(case priority ${ranks} end) stored` })
  readonly priorityRank!: number;

  @Field(() => [String], { description: 'Words to find it by, each once.' })
  @Property({ type: TextArrayType, defaultRaw: `'{}'` })
  tags: string[] = [];

  @ManyToOne({
    entity: () => User,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  assignee: Ref<User> | null = null;

  /** Who made it; null for a program. */
  @ManyToOne({
    entity: () => User,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  creator: Ref<User> | null = null;

  @ManyToOne({
    entity: () => Order,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  order: Ref<Order> | null = null;

  @ManyToOne({
    entity: () => Customer,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  customer: Ref<Customer> | null = null;

  @Field(() => TaskState, { description: 'Whether it is still to be done.' })
  @Enum({ items: () => TaskState, default: TaskState.OPEN })
  state: TaskState = TaskState.OPEN;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was completed, if it is.' })
  @Property({ columnType: 'timestamptz(3)', nullable: true })
  completedAt: Date | null = null;

  @ManyToOne({
    entity: () => User,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  completedBy: Ref<User> | null = null;

  @Field(() => GraphQLDateTime, { description: 'When it was made.' })
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  createdAt: Opt<Date> = new Date();

  @Field(() => Int, {
    description: 'Grows with each change; give it as `expectedVersion` to change only what you saw.',
  })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;
}
