import { Check, Entity, Enum, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { newId } from '../database/new-id.js';
import { Node } from '../graphql/node.js';
import { Decimal } from '../graphql/scalars.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** Whether a product can be ordered. Products are retired, never deleted, since orders point to them. */
export enum ProductState {
  ACTIVE = 'ACTIVE',
  RETIRED = 'RETIRED',
}

registerEnumType(ProductState, {
  name: 'ProductState',
  description: 'Whether a product can be ordered.',
  valuesConfig: {
    ACTIVE: { description: 'The product can be ordered.' },
    RETIRED: { description: 'The product is no longer sold; orders of it stay.' },
  },
});

/** Something that is sold. Its price is what a new order would pay; orders keep the price of their own time. */
@Requires(Permission.CATALOGUE_READ)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'Something that is sold.' })
@Entity({ schema: '*', tableName: 'products' })
@Index({ name: 'products_name_index', properties: ['name', 'id'] })
@Index({ name: 'products_price_index', properties: ['price', 'id'] })
@Index({ name: 'products_state_name_index', properties: ['state', 'name', 'id'] })
@Check({ name: 'products_sku_check', expression: `btrim(sku) <> ''` })
@Check({ name: 'products_name_check', expression: `btrim(name) <> ''` })
// The upper bound keeps out infinity and NaN as well, which PostgreSQL counts as larger than any number.
@Check({ name: 'products_price_check', expression: `price >= 0 and price < 1000000000000 and scale(price) <= 4` })
@Check({ name: 'products_tax_rate_check', expression: `tax_rate >= 0 and tax_rate <= 100 and scale(tax_rate) <= 4` })
@Check({ name: 'products_currency_code_check', expression: `currency_code ~ '^[A-Z]{3}$'` })
export class Product {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Field(() => String, { description: 'Stock-keeping unit, the shop’s own name of the product; unique.' })
  @Unique({ name: 'products_sku_unique' })
  @Property({ type: 'text' })
  sku!: string;

  @Field(() => String, { description: 'The product’s name.' })
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { description: 'What it is and does. May be empty.' })
  @Property({ type: 'text', default: '' })
  description: string = '';

  /** A decimal in text, in units of `currencyCode`. */
  @Property({ columnType: 'numeric', type: 'string' })
  price!: string;

  @Property({ type: 'text' })
  currencyCode!: string;

  @Field(() => ProductState, { description: 'Whether the product can be ordered.' })
  @Enum({ items: () => ProductState, default: ProductState.ACTIVE })
  state: ProductState = ProductState.ACTIVE;

  /** Percent that is added to the price, a decimal in text: `20` for 20 %. */
  @Field(() => Decimal, { description: 'Tax that a new order adds to the price, in percent: `"20"` for 20 %.' })
  @Property({ columnType: 'numeric', type: 'string', default: '0' })
  taxRate: string = '0';

  @Field(() => Int, {
    description: 'Grows with each change; give it as `expectedVersion` to change only what you saw.',
  })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;
}
