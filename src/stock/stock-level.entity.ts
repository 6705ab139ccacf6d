import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType } from 'type-graphql';
import { newId } from '../database/new-id.js';
import { Node } from '../graphql/node.js';
import { Product } from '../products/product.entity.js';
import { Store } from '../stores/store.entity.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/**
 * How much of a product lies in a store, or in the warehouse that online orders are shipped from. What open orders have
 * reserved still lies there; only what is left of it can be ordered.
 */
@Requires(Permission.STOCK_READ)
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'How much of a product lies in one place: a store, or the warehouse that goods are shipped from.',
})
@Entity({ schema: '*', tableName: 'stock_levels' })
@Index({
  name: 'stock_levels_place_unique',
  properties: ['product', 'store'],
  expression: (columns, table, name) =>
    `create unique index "${name}" on "${table.name}" (${columns.product}, ${columns.store}) nulls not distinct`,
})
@Index({ name: 'stock_levels_store_index', properties: ['store', 'id'] })
@Check({ name: 'stock_levels_reserved_check', expression: `reserved >= 0 and reserved <= on_hand` })
export class StockLevel {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @ManyToOne({ entity: () => Product, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  product!: Ref<Product>;

  /** The store; null for the warehouse. */
  @ManyToOne({
    entity: () => Store,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  store: Ref<Store> | null = null;

  @Field(() => Int, { description: 'Pieces that lie there, those that are reserved among them.' })
  @Property({ type: 'integer' })
  onHand!: number;

  @Field(() => Int, { description: 'Pieces that open orders have reserved.' })
  @Property({ type: 'integer', default: 0 })
  reserved: number = 0;

  @Field(() => Int, { description: 'Grows with each adjustment; orders leave it as it is.' })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;
}
