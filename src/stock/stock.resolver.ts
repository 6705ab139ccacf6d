import { Planned } from '../plans/planned.js';
import { many, one, pageOf } from '../plans/planners.js';
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { mutate, payloadType } from '../graphql/mutation.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { Product } from '../products/product.entity.js';
import { productById } from '../products/product.loaders.js';
import { Store } from '../stores/store.entity.js';
import { storeById } from '../stores/store.loaders.js';
import { adjustStock } from './adjust-stock.js';
import { StockLevel } from './stock-level.entity.js';
import { AdjustStockInput } from './stock.inputs.js';
import { stockLevelById, stockOfProduct, stockOfStore } from './stock.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const StockLevelConnection = connectionType(StockLevel, 'StockLevel');
const AdjustStockPayload = payloadType('AdjustStock', { stockLevel: StockLevel });

function toStockRequest(args: PageArgs) {
  return { page: toPageRequest(args), sort: 'CREATED', direction: SortDirection.ASC, filter: undefined } as const;
}

@Resolver(() => StockLevel)
export class StockLevelResolver {
  @Planned(one(productById, 'product'))
  @FieldResolver(() => Product, { description: 'The product.' })
  product(@Root() level: Row<StockLevel>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(productById, level.product);
  }

  @Planned(one(storeById, 'store'))
  @FieldResolver(() => Store, { nullable: true, description: 'The store; null for the warehouse.' })
  store(@Root() level: Row<StockLevel>, @Ctx() { loaders }: RequestContext) {
    return level.store === null ? null : loaders.load(storeById, level.store);
  }

  @Planned(({ column }) => ({ kind: 'value', sql: `${column('onHand')} - ${column('reserved')}` }))
  @FieldResolver(() => Int, { description: 'Pieces that can be ordered: on hand and not reserved.' })
  available(@Root() level: Row<StockLevel>) {
    return level.onHand - level.reserved;
  }

  @Requires(Permission.STOCK_WRITE)
  @Mutation(() => AdjustStockPayload, {
    description: 'Corrects how much of a product lies in a store or in the warehouse.',
  })
  adjustStock(
    @Arg('input', () => AdjustStockInput, { description: 'The correction.' }) input: AdjustStockInput,
    @Ctx() context: RequestContext,
  ) {
    const { productId, sku, storeId, by, to, expectedVersion } = input;
    const adjustment = {
      product: typeof productId === 'string' ? keyOf('Product', productId) : undefined,
      sku: sku ?? undefined,
      store: typeof storeId === 'string' ? keyOf('Store', storeId) : undefined,
      by: by ?? undefined,
      to: to ?? undefined,
    };
    return mutate(context, 'stockLevel', stockLevelById, transaction =>
      adjustStock(transaction, adjustment, expectedVersion ?? undefined),
    );
  }
}

/** What stock adds to products, which know nothing of it. */
@Resolver(() => Product)
export class ProductStockResolver {
  @Requires(Permission.STOCK_READ)
  @Planned(many(stockOfProduct))
  @FieldResolver(() => [StockLevel], { description: 'How much of it lies in each place.' })
  stockLevels(@Root() product: Row<Product>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(stockOfProduct, product.id);
  }
}

/** What stock adds to stores, which know nothing of it. */
@Resolver(() => Store)
export class StoreStockResolver {
  @Requires(Permission.STOCK_READ)
  @Planned(pageOf(stockOfStore, toStockRequest))
  @FieldResolver(() => StockLevelConnection, { description: 'What lies in the store.' })
  stockLevels(@Root() store: Row<Store>, @Args(() => PageArgs) page: PageArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(stockOfStore, store.id, toStockRequest(page));
  }
}
