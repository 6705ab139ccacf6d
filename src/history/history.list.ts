import { type List, pagesPointingTo } from '../database/list.js';
import { rowByKey } from '../database/loaders.js';
import { HistoryEntry, type HistorySubject } from './history-entry.entity.js';

/** What the history can be narrowed to. */
export interface HistoryConditions {
  subjectType?: HistorySubject;
  subject?: string;
}

/** The history of anything, by version. */
export const historyList: List<HistoryEntry, HistoryConditions, 'VERSION'> = {
  name: 'history',
  entity: HistoryEntry,
  // Each object's history is a list of its own, in which a version stands once.
  sorts: { VERSION: ['version'] },
  narrow: (conditions, { subjectType, subject }) => {
    conditions.equals('subject', subject);
    conditions.equals('subjectType', subjectType);
  },
};

/** An entry by its key. */
export const historyEntryById = rowByKey(HistoryEntry);

/** A page of an object's history. */
export const historyOfSubject = pagesPointingTo(historyList, 'subject');
