import { Planned } from '../plans/planned.js';
import { byKey, one, page } from '../plans/planners.js';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Address } from '../addresses/address.entity.js';
import { addressById } from '../addresses/address.loaders.js';
import type { RequestContext } from '../context.js';
import { readPage, SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { Store, StoreState } from './store.entity.js';
import { storeList } from './store.list.js';
import { storeById } from './store.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const StoreConnection = connectionType(Store, 'Store');

@ArgsType()
class StoresArgs extends PageArgs {
  @Field(() => StoreState, { nullable: true, description: 'Only stores in this state; all without it.' })
  state?: StoreState | null;

  @Field(() => SortDirection, { description: 'The direction to sort by name in.' })
  direction: SortDirection = SortDirection.ASC;
}

function toStoresRequest(args: StoresArgs) {
  const { direction, state } = args;
  return { page: toPageRequest(args), sort: 'NAME', direction, filter: { state: state ?? undefined } } as const;
}

@Resolver(() => Store)
export class StoreResolver {
  @Requires(Permission.CATALOGUE_READ)
  @Planned(byKey<{ id: string }>(storeById, ({ id }) => keyOf('Store', id)))
  @Query(() => Store, { nullable: true, description: 'A store by id; null when there is none.' })
  store(@Arg('id', () => ID, { description: 'The store’s id.' }) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(storeById, keyOf('Store', id));
  }

  @Requires(Permission.CATALOGUE_READ)
  @Planned(page(storeList, toStoresRequest))
  @Query(() => StoreConnection, { description: 'All stores, by name.' })
  stores(@Args(() => StoresArgs) args: StoresArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, storeList, toStoresRequest(args));
  }

  @Requires(Permission.CATALOGUE_READ, { opens: [Permission.PERSONAL_DATA_READ] })
  @Planned(one(addressById, 'address'))
  @FieldResolver(() => Address, { description: 'Where the store is.' })
  address(@Root() store: Row<Store>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(addressById, store.address);
  }
}
