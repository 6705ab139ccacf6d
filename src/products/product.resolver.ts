import { Planned } from '../plans/planned.js';
import { amount, byKey, page } from '../plans/planners.js';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { readPage, SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { Money, money } from '../graphql/money.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { Product, ProductState } from './product.entity.js';
import { productList, ProductSort } from './product.list.js';
import { productById } from './product.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const ProductConnection = connectionType(Product, 'Product');

@ArgsType()
class ProductsArgs extends PageArgs {
  @Field(() => ProductState, { nullable: true, description: 'Only products in this state; all without it.' })
  state?: ProductState | null;

  @Field(() => ProductSort, { description: 'What to sort by.' })
  sort: ProductSort = ProductSort.NAME;

  @Field(() => SortDirection, { description: 'The direction to sort in.' })
  direction: SortDirection = SortDirection.ASC;
}

function toProductsRequest(args: ProductsArgs) {
  const { sort, direction, state } = args;
  return { page: toPageRequest(args), sort, direction, filter: { state: state ?? undefined } };
}

@Resolver(() => Product)
export class ProductResolver {
  @Requires(Permission.CATALOGUE_READ)
  @Planned(byKey<{ id: string }>(productById, ({ id }) => keyOf('Product', id)))
  @Query(() => Product, { nullable: true, description: 'A product by id; null when there is none.' })
  product(@Arg('id', () => ID, { description: 'The product’s id.' }) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(productById, keyOf('Product', id));
  }

  @Requires(Permission.CATALOGUE_READ)
  @Planned(page(productList, toProductsRequest))
  @Query(() => ProductConnection, { description: 'All products.' })
  products(@Args(() => ProductsArgs) args: ProductsArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, productList, toProductsRequest(args));
  }

  @Planned(amount('price'))
  @FieldResolver(() => Money, { description: 'What one piece costs in a new order, without tax.' })
  price(@Root() product: Row<Product>) {
    return money(product.price, product.currencyCode);
  }
}
