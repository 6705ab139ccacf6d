import { Field, ID, InputType, Int } from 'type-graphql';

/** A correction of what lies in a place. */
@InputType({ description: 'A correction of what lies in a place.' })
export class AdjustStockInput {
  @Field(() => ID, { nullable: true, description: 'The product’s id; or give its `sku`.' })
  productId?: string | null;

  @Field(() => String, { nullable: true, description: 'The product’s SKU; or give its `productId`.' })
  sku?: string | null;

  @Field(() => ID, { nullable: true, description: 'The store; the warehouse that goods are shipped from without it.' })
  storeId?: string | null;

  @Field(() => Int, { nullable: true, description: 'Pieces that came in, or with a minus went out; or give `to`.' })
  by?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Pieces that were counted, reserved ones among them; or give `by`.',
  })
  to?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the stock level that the caller saw; without it any version is changed.',
  })
  expectedVersion?: number | null;
}
