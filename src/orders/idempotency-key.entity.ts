import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Order } from './order.entity.js';

/** A caller's own name for one placement, so that sending it again gives the order that stands instead of a second one. */
@Entity({ schema: '*', tableName: 'idempotency_keys' })
@Index({ name: 'idempotency_keys_expires_at_index', properties: ['expiresAt'] })
@Index({ name: 'idempotency_keys_order_index', properties: ['order'] })
export class IdempotencyKey {
  @PrimaryKey({ type: 'text' })
  key!: string;

  /** SHA-256 of the input, in hex: the same key with another input is refused. */
  @Property({ type: 'text' })
  inputHash!: string;

  /** The order that was placed; null only within the transaction that places it. */
  @ManyToOne({
    entity: () => Order,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  order: Ref<Order> | null = null;

  @Property({ columnType: 'timestamptz(3)' })
  expiresAt!: Date;
}
