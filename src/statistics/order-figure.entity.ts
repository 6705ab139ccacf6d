import { PrimaryKeyProp } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** What orders are counted by. */
export enum Figure {
  /** The zip code of the billing address. */
  BILLING_ZIP = 'BILLING_ZIP',
  /** Each zip code of the shipping addresses. */
  SHIPPING_ZIP = 'SHIPPING_ZIP',
  /** The customer of an in-store purchase. */
  IN_STORE_CUSTOMER = 'IN_STORE_CUSTOMER',
  /** The quarter of an hour, since 1970 in UTC, in which an in-store purchase was made. */
  IN_STORE_TIME = 'IN_STORE_TIME',
}

/**
 * How many orders a zip code or a customer has, but for what `OrderFigureChange` has not yet been folded in. Triggers of the
 * orders keep it; nothing else writes it.
 */
@Entity({ schema: '*', tableName: 'order_figures' })
@Index({
  name: 'order_figures_ascending_index',
  expression: (columns, table, name) =>
    `create index "${name}" on "${table.name}" using btree (${columns.figure}, ${columns.count}, ${columns.key}) where ${columns.figure} <> 'IN_STORE_CUSTOMER'`,
})
@Index({
  name: 'order_figures_descending_index',
  expression: (columns, table, name) =>
    `create index "${name}" on "${table.name}" using btree (${columns.figure}, ${columns.count} desc, ${columns.key})`,
})
export class OrderFigure {
  [PrimaryKeyProp]?: ['figure', 'key'];

  @Enum({ items: () => Figure, primary: true })
  figure!: Figure;

  /** The zip code, or the customer's key. Its collation is that by which equal counts are ordered. */
  @PrimaryKey({ columnType: 'text collate "C"', type: 'string' })
  key!: string;

  @Property({ type: 'integer' })
  count!: number;
}

/** What an order that was written did to a figure. Rows are only added, so those who write orders never wait for each other. */
@Entity({ schema: '*', tableName: 'order_figure_changes' })
export class OrderFigureChange {
  @PrimaryKey({ type: 'uuid', defaultRaw: 'gen_random_uuid()' })
  id!: string;

  @Enum({ items: () => Figure })
  figure!: Figure;

  @Property({ columnType: 'text collate "C"', type: 'string' })
  key!: string;

  @Property({ type: 'integer' })
  change!: number;
}

/**
 * How many in-store purchases were made in some days, by the quarter of an hour of the day in UTC, but for what has not yet
 * been folded in. All are counted by the day and once more by 8 and 64 days, so that few rows cover many years.
 */
@Entity({ schema: '*', tableName: 'in_store_times' })
@Check({ name: 'in_store_times_days_check', expression: `days in (1, 8, 64)` })
export class InStoreTime {
  [PrimaryKeyProp]?: ['days', 'block'];

  /** How many days: 1, 8 or 64. */
  @PrimaryKey({ type: 'smallint' })
  days!: number;

  /** Which of such stretches of days, counted from 1970 on. */
  @PrimaryKey({ type: 'integer' })
  block!: number;

  /** One number for each of the day's 96 quarters of an hour. */
  @Property({ columnType: 'int[]', type: 'integer[]' })
  counts!: number[];
}
