import type { Row } from '../database/row.js';
import { toGlobalId } from '../graphql/global-id.js';
import { subjectTypes, withGlobalIds } from '../history/global-ids.js';
import { type HistoryEntry, HistorySubject } from '../history/history-entry.entity.js';
import { eventTypeOf } from './event-types.js';

/** What is a person, or may hold a person's values, and tells of the names of its fields alone: what a receiver keeps cannot be erased. */
const personal: readonly HistorySubject[] = [HistorySubject.CUSTOMER, HistorySubject.TASK, HistorySubject.USER];

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
    ...(!personal.includes(subjectType) && { changes: withGlobalIds(changes) }),
  });
}
