import type { Opt, Ref } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { User } from '../auth/user.entity.js';
import { newId } from '../database/new-id.js';
import { tableOfIndex } from '../database/schemas.js';
import { Node } from '../graphql/node.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** What has a history. */
export enum HistorySubject {
  CUSTOMER = 'CUSTOMER',
  ORDER = 'ORDER',
  PRODUCT = 'PRODUCT',
  STOCK_LEVEL = 'STOCK_LEVEL',
  STORE = 'STORE',
  USER = 'USER',
  TASK = 'TASK',
  TENANT = 'TENANT',
}

/** What was done. */
export enum HistoryAction {
  CREATED = 'CREATED',
  UPDATED = 'UPDATED',
  RETIRED = 'RETIRED',
  ADJUSTED = 'ADJUSTED',
  ADDRESS_ADDED = 'ADDRESS_ADDED',
  ADDRESS_REMOVED = 'ADDRESS_REMOVED',
  MERGED = 'MERGED',
  ERASED = 'ERASED',
  PLACED = 'PLACED',
  ITEMS_CHANGED = 'ITEMS_CHANGED',
  STARTED = 'STARTED',
  COMPLETED = 'COMPLETED',
  CANCELLED = 'CANCELLED',
  IMPORTED = 'IMPORTED',
  ACTIVATED = 'ACTIVATED',
  DEACTIVATED = 'DEACTIVATED',
  REACTIVATED = 'REACTIVATED',
  ASSIGNED = 'ASSIGNED',
  REOPENED = 'REOPENED',
  DELETED = 'DELETED',
  SUSPENDED = 'SUSPENDED',
  RESUMED = 'RESUMED',
}

registerEnumType(HistoryAction, {
  name: 'HistoryAction',
  description: 'What was done to an object.',
  valuesConfig: {
    CREATED: { description: 'It was made.' },
    UPDATED: { description: 'Its own values were changed.' },
    RETIRED: { description: 'It was taken out of use.' },
    ADJUSTED: { description: 'Its stock was counted or corrected.' },
    ADDRESS_ADDED: { description: 'An address was added to it.' },
    ADDRESS_REMOVED: { description: 'An address was taken from it.' },
    MERGED: { description: 'Two customers were made one, and what belonged to the duplicate moved.' },
    ERASED: { description: 'Personal values were erased for good.' },
    PLACED: { description: 'The order was placed.' },
    ITEMS_CHANGED: { description: 'The order’s lines were changed.' },
    STARTED: { description: 'Work on the order began.' },
    COMPLETED: { description: 'The order or task was completed.' },
    CANCELLED: { description: 'The order was cancelled.' },
    IMPORTED: { description: 'It was brought in from elsewhere.' },
    ACTIVATED: { description: 'Somebody who was invited chose a password.' },
    DEACTIVATED: { description: 'A user can no longer sign in.' },
    REACTIVATED: { description: 'A user who was deactivated can sign in again.' },
    ASSIGNED: { description: 'Somebody is to do the task, or nobody any more.' },
    REOPENED: { description: 'The completed task is open again.' },
    DELETED: { description: 'It is gone.' },
    SUSPENDED: { description: 'The shop is served no more until it is resumed.' },
    RESUMED: { description: 'The shop is served again.' },
  },
});

/** What one field of an object was and became. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What one field of an object was and became.' })
export class FieldChange {
  @Field(() => String, { description: 'The field’s name.' })
  field!: string;

  @Field(() => GraphQLJSON, { nullable: true, description: 'What it was; null for something new.' })
  before!: unknown;

  @Field(() => GraphQLJSON, { nullable: true, description: 'What it became.' })
  after!: unknown;
}

/**
 * One change of one object, written in the transaction that makes it. The history is also the outbox: webhooks and
 * subscriptions tell of its entries, so there is no event without its change and no change without its event.
 */
@Requires(Permission.HISTORY_READ)
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'One change of an object: who, when and what.',
})
@Entity({ schema: '*', tableName: 'history' })
// Entries come in the order of time, so that a few pages are enough to find the latest.
@Index({
  name: 'history_at_index',
  expression: (columns, table, name) => `create index "${name}" on ${tableOfIndex(table)} using brin (${columns.at})`,
})
// Each version of an object has one entry; this index is also how a history is read.
@Unique({ name: 'history_subject_version_unique', properties: ['subject', 'version'] })
export class HistoryEntry {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Enum({ items: () => HistorySubject })
  subjectType!: HistorySubject;

  @Property({ type: 'uuid' })
  subject!: string;

  @Field(() => Int, { description: 'The version that the object has since this change.' })
  @Property({ type: 'integer' })
  version!: number;

  /** By the database's clock while it holds the object's lock, so that it never goes back from one version to the next. */
  @Field(() => GraphQLDateTime, { description: 'When it was changed.' })
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'clock_timestamp()' })
  at!: Opt<Date>;

  @Field(() => String, { description: 'Who changed it, as the request or the command said.' })
  @Property({ type: 'text' })
  actor!: string;

  /** Who changed it, where somebody had signed in. */
  @ManyToOne({
    entity: () => User,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  user: Ref<User> | null = null;

  @Field(() => HistoryAction, { description: 'What was done.' })
  @Enum({ items: () => HistoryAction })
  action!: HistoryAction;

  @Property({ type: 'json', columnType: 'jsonb' })
  changes!: FieldChange[];
}
