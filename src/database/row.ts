import type { Collection, Reference } from '@mikro-orm/core';

/**
 * What a read returns: a plain object under the entity's property names. A to-one relation is the key that stands in its
 * column, a to-many relation is left out. Rows are never written back; writes use managed entities.
 */
export type Row<Entity> = {
  [
    Property in keyof Entity as NonNullable<Entity[Property]> extends Collection<infer _, infer __> ? never : Property
  ]: NonNullable<Entity[Property]> extends Reference<infer _>
    ? null extends Entity[Property]
      ? string | null
      : string
    : Entity[Property];
};
