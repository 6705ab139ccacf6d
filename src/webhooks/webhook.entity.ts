import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { newId } from '../database/new-id.js';
import { Node } from '../graphql/node.js';
import { HistoryEntry } from '../history/history-entry.entity.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** Whether events are sent to a webhook. */
export enum WebhookState {
  ACTIVE = 'ACTIVE',
  DISABLED = 'DISABLED',
}

registerEnumType(WebhookState, {
  name: 'WebhookState',
  description: 'Whether events are sent to a webhook.',
  valuesConfig: {
    ACTIVE: { description: 'Events are sent.' },
    DISABLED: { description: 'New events are not sent; those that wait are sent once it is active again.' },
  },
});

/** Where events are sent to. */
@Requires(Permission.WEBHOOKS_MANAGE)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'A URL that events are sent to.' })
@Entity({ schema: '*', tableName: 'webhooks' })
@Check({ name: 'webhooks_url_check', expression: `url ~ '^https?://'` })
export class Webhook {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Field(() => String, { description: 'Where events are sent to, by POST.' })
  @Property({ type: 'text' })
  url!: string;

  /** The key of the signature; shown once, when the webhook is created. */
  @Property({ type: 'text' })
  secret!: string;

  @Field(() => [String], { description: 'The types of events that are sent, such as `order.placed`; empty for all.' })
  @Property({ type: 'string[]', columnType: 'text[]' })
  eventTypes: string[] = [];

  @Field(() => WebhookState, { description: 'Whether events are sent.' })
  @Enum({ items: () => WebhookState, default: WebhookState.ACTIVE })
  state: WebhookState = WebhookState.ACTIVE;
}

/** How far the delivery of one event to one webhook has come. */
export enum DeliveryState {
  PENDING = 'PENDING',
  DELIVERED = 'DELIVERED',
  DEAD = 'DEAD',
}

registerEnumType(DeliveryState, {
  name: 'DeliveryState',
  description: 'How far the delivery of an event has come.',
  valuesConfig: {
    PENDING: { description: 'It waits for its first or its next attempt.' },
    DELIVERED: { description: 'The receiver took it.' },
    DEAD: { description: 'Every attempt failed; it can be replayed.' },
  },
});

/** That an event has to reach a webhook: made with the event, in its transaction, and kept until it is delivered. */
@Requires(Permission.WEBHOOKS_MANAGE)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'The delivery of one event to one webhook.' })
@Entity({ schema: '*', tableName: 'webhook_deliveries' })
@Index({ name: 'webhook_deliveries_event_index', properties: ['event'] })
@Index({ name: 'webhook_deliveries_list_index', properties: ['webhook', 'state', 'event'] })
@Index({
  name: 'webhook_deliveries_due_index',
  expression: (columns, table, name) =>
    `create index "${name}" on "${table.name}" (${columns.nextAttemptAt}) where ${columns.state} = 'PENDING'`,
})
@Index({
  name: 'webhook_deliveries_order_index',
  expression: (columns, table, name) =>
    `create index "${name}" on "${table.name}" (${columns.webhook}, ${columns.subject}, ${columns.version}) where ${columns.state} = 'PENDING'`,
})
export class WebhookDelivery {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @ManyToOne({ entity: () => Webhook, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  webhook!: Ref<Webhook>;

  @ManyToOne({ entity: () => HistoryEntry, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  event!: Ref<HistoryEntry>;

  /** The event's subject and version, as they stand here so that deliveries of one subject stay in order. */
  @Property({ type: 'uuid' })
  subject!: string;

  @Property({ type: 'integer' })
  version!: number;

  @Field(() => DeliveryState, { description: 'How far it has come.' })
  @Enum({ items: () => DeliveryState, default: DeliveryState.PENDING })
  state: DeliveryState = DeliveryState.PENDING;

  @Field(() => Int, { description: 'How often it was tried.' })
  @Property({ type: 'integer', default: 0 })
  attempts: number = 0;

  @Field(() => GraphQLDateTime, { description: 'When it is tried next, as long as it is pending.' })
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  nextAttemptAt: Date = new Date();

  @Field(() => String, { nullable: true, description: 'Why the last attempt failed.' })
  @Property({ type: 'text', nullable: true })
  lastError: string | null = null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the receiver took it.' })
  @Property({ columnType: 'timestamptz(3)', nullable: true })
  deliveredAt: Date | null = null;
}
