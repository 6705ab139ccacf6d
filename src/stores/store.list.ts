import type { List } from '../database/list.js';
import { Store, type StoreState } from './store.entity.js';

/** What stores can be narrowed to. */
export interface StoreFilter {
  state: StoreState | undefined;
}

/** All stores, by name. */
export const storeList: List<Store, StoreFilter, 'NAME'> = {
  name: 'stores',
  entity: Store,
  sorts: { NAME: ['name'] },
  narrow: (conditions, { state }) => conditions.equals('state', state),
};
