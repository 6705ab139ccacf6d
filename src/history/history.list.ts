import { type List, pagesPointingTo } from '../database/list.js';
import { rowByKey } from '../database/loaders.js';
import { HistoryEntry } from './history-entry.entity.js';

/** The history of anything, by version. */
const historyList: List<HistoryEntry, undefined, 'VERSION'> = {
  name: 'history',
  entity: HistoryEntry,
  // Each object's history is a list of its own, in which a version stands once.
  sorts: { VERSION: ['version'] },
  narrow: () => {},
};

/** An entry by its key. */
export const historyEntryById = rowByKey(HistoryEntry);

/** A page of an object's history. */
export const historyOfSubject = pagesPointingTo(historyList, 'subject');
