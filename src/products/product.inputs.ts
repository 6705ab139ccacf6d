import { Field, InputType } from 'type-graphql';
import { versionInput } from '../graphql/object-input.js';
import { Decimal } from '../graphql/scalars.js';
import type { ProductValues } from './product.service.js';

const taxRate = 'Tax that orders add to the price, in percent: `"20"` for 20 %.';
const price = 'What one piece costs without tax, in units of the currency, with at most four decimals.';

/** A product to be sold. */
@InputType({ description: 'A product to be sold.' })
export class CreateProductInput implements ProductValues {
  @Field(() => String, { description: 'Stock-keeping unit, the shop’s own name of the product; unique.' })
  sku!: string;

  @Field(() => String, { description: 'The product’s name.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is and does.' })
  description?: string | null;

  @Field(() => Decimal, { description: price })
  price!: string;

  @Field(() => String, { description: 'The currency of the price by ISO 4217, such as `USD`.' })
  currencyCode!: string;

  @Field(() => Decimal, { nullable: true, description: `${taxRate} None without it.` })
  taxRate?: string | null;
}

/** What of a product is changed. What is left out stays as it is. */
@InputType({ description: 'What of a product is changed. What is left out stays as it is.' })
export class UpdateProductInput extends versionInput('product', 'changed') implements ProductValues {
  @Field(() => String, { nullable: true, description: 'Stock-keeping unit; unique.' })
  sku?: string | null;

  @Field(() => String, { nullable: true, description: 'The product’s name.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'What it is and does.' })
  description?: string | null;

  @Field(() => Decimal, { nullable: true, description: `${price} Orders that were placed keep theirs.` })
  price?: string | null;

  @Field(() => String, { nullable: true, description: 'The currency of the price by ISO 4217.' })
  currencyCode?: string | null;

  @Field(() => Decimal, { nullable: true, description: taxRate })
  taxRate?: string | null;
}

/** A product that is no longer sold. */
@InputType({ description: 'A product that is no longer sold.' })
export class RetireProductInput extends versionInput('product', 'retired') {}
