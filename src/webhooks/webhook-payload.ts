import type { Row } from '../database/row.js';
import { type NodeTypeName, toGlobalId } from '../graphql/global-id.js';
import { withGlobalIds } from '../history/global-ids.js';
import { type HistoryEntry, HistorySubject } from '../history/history-entry.entity.js';
import { eventTypeOf } from './event-types.js';

/** The types of the API for what has a history. */
export const subjectTypes: Record<HistorySubject, NodeTypeName> = {
  [HistorySubject.CUSTOMER]: 'Customer',
  [HistorySubject.ORDER]: 'Order',
  [HistorySubject.PRODUCT]: 'Product',
  [HistorySubject.STOCK_LEVEL]: 'StockLevel',
  [HistorySubject.STORE]: 'Store',
  [HistorySubject.USER]: 'User',
};

/** What is a person. Their values are left out of events, since what a receiver keeps cannot be erased. */
const people: readonly HistorySubject[] = [HistorySubject.CUSTOMER, HistorySubject.USER];

/** The body that a webhook gets for an event. */
export function payloadOf(event: Row<HistoryEntry>): string {
  const { id, subjectType, subject, version, at, actor, changes } = event;
  return JSON.stringify({
    id: toGlobalId('HistoryEntry', id),
    type: eventTypeOf(event),
    occurredAt: at.toISOString(),
    subject: { type: subjectTypes[subjectType], id: toGlobalId(subjectTypes[subjectType], subject) },
    version,
    actor,
    changedFields: changes.map(({ field }) => field),
    ...(!people.includes(subjectType) && { changes: withGlobalIds(changes) }),
  });
}
