import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/**
 * How often something was tried lately, such as to sign in to an account. It stands in the schema `platform`, so that it
 * holds for all processes, and for who goes from shop to shop.
 */
@Entity({ schema: 'platform', tableName: 'throttles' })
@Index({ name: 'throttles_ends_at_index', properties: ['endsAt'] })
export class Throttle {
  /** What is counted, as a hash: so that no email address stands here. */
  @PrimaryKey({ type: 'text' })
  key!: string;

  @Property({ type: 'integer' })
  attempts!: number;

  /** When the count begins anew. */
  @Property({ columnType: 'timestamptz(3)' })
  endsAt!: Date;
}
