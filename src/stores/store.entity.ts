import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Address } from '../addresses/address.entity.js';
import { newId } from '../database/new-id.js';
import { Node } from '../graphql/node.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** Whether a store sells. Stores are retired, never deleted, since orders point to them. */
export enum StoreState {
  ACTIVE = 'ACTIVE',
  RETIRED = 'RETIRED',
}

registerEnumType(StoreState, {
  name: 'StoreState',
  description: 'Whether a store sells.',
  valuesConfig: {
    ACTIVE: { description: 'The store sells.' },
    RETIRED: { description: 'The store is closed for good; its orders stay.' },
  },
});

/** A place where goods are sold and picked up. */
@Requires(Permission.CATALOGUE_READ)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'A place where goods are sold and picked up.' })
@Entity({ schema: '*', tableName: 'stores' })
@Index({ name: 'stores_state_index', properties: ['state', 'name'] })
@Index({ name: 'stores_address_index', properties: ['address'] })
@Check({ name: 'stores_name_check', expression: `btrim(name) <> ''` })
export class Store {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Field(() => String, { description: 'The store’s name; unique.' })
  @Unique({ name: 'stores_name_unique' })
  @Property({ type: 'text' })
  name!: string;

  @Field(() => StoreState, { description: 'Whether the store sells.' })
  @Enum({ items: () => StoreState, default: StoreState.ACTIVE })
  state: StoreState = StoreState.ACTIVE;

  @ManyToOne({ entity: () => Address, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  address!: Ref<Address>;

  @Field(() => Int, {
    description: 'Grows with each change; give it as `expectedVersion` to change only what you saw.',
  })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;
}
