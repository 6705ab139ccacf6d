import {
  HistoryAction as Action,
  type HistoryEntry,
  HistorySubject as Subject,
} from '../history/history-entry.entity.js';

/** What can happen to each kind of object. Imports are left out: they are no events. */
const actions: Record<Subject, readonly Action[]> = {
  [Subject.CUSTOMER]: [
    Action.CREATED,
    Action.UPDATED,
    Action.ADDRESS_ADDED,
    Action.ADDRESS_REMOVED,
    Action.MERGED,
    Action.ERASED,
  ],
  [Subject.ORDER]: [
    Action.PLACED,
    Action.ITEMS_CHANGED,
    Action.STARTED,
    Action.COMPLETED,
    Action.CANCELLED,
    Action.MERGED,
  ],
  [Subject.PRODUCT]: [Action.CREATED, Action.UPDATED, Action.RETIRED],
  [Subject.STOCK_LEVEL]: [Action.ADJUSTED],
  [Subject.STORE]: [Action.CREATED, Action.UPDATED, Action.RETIRED],
  [Subject.USER]: [Action.CREATED, Action.UPDATED, Action.ACTIVATED, Action.DEACTIVATED, Action.REACTIVATED],
  [Subject.TASK]: [
    Action.CREATED,
    Action.UPDATED,
    Action.ASSIGNED,
    Action.COMPLETED,
    Action.REOPENED,
    Action.DELETED,
    Action.MERGED,
    Action.ERASED,
  ],
  // Shops have their webhooks themselves, and the platform has none.
  [Subject.TENANT]: [],
};

/** The type of an entry's event, such as `order.placed`. The trigger that makes deliveries builds the same text. */
export function eventTypeOf({ subjectType, action }: Pick<HistoryEntry, 'subjectType' | 'action'>): string {
  return `${subjectType}.${action}`.toLowerCase();
}

/** All types of events. */
export const eventTypes: readonly string[] = Object.values(Subject).flatMap(subjectType =>
  actions[subjectType].map(action => eventTypeOf({ subjectType, action })),
);
