import { rowByKey, rowsPointingTo } from '../database/loaders.js';
import type { List } from '../database/list.js';
import { pagesPointingTo } from '../database/list.js';
import { StockLevel } from './stock-level.entity.js';

/** Stock of a place, in the order in which it was laid there. */
const stockList: List<StockLevel, undefined, 'CREATED'> = {
  name: 'stockLevels',
  entity: StockLevel,
  // Ids begin with the time at which they were made.
  sorts: { CREATED: ['id'] },
  narrow: () => {},
};

/** A stock level by its key. */
export const stockLevelById = rowByKey(StockLevel);

/** A product's stock in each place where it lies or lay. */
export const stockOfProduct = rowsPointingTo(StockLevel, 'product', 'id');

/** A page of a store's stock. */
export const stockOfStore = pagesPointingTo(stockList, 'store');
