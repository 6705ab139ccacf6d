import pg from 'pg';
import { toGlobalId } from '../graphql/global-id.js';
import { subjectTypes } from '../history/global-ids.js';
import { HistoryEntry } from '../history/history-entry.entity.js';
import type { Place, Planner } from '../plans/planned.js';

/** The type of a delivery's event, as `eventTypeOf` has it. */
export const deliveryEventType: Planner = place =>
  ofEvent(place, column => `lower(${column('subjectType')} || '.' || ${column('action')})`);

/** The id of the object that a delivery's event is of. */
export const deliverySubjectId: Planner = place =>
  ofEvent(place, column => {
    const prefixes = Object.entries(subjectTypes).map(
      ([subjectType, typeName]) =>
        `when ${pg.escapeLiteral(subjectType)} then ${pg.escapeLiteral(toGlobalId(typeName, ''))}`,
    );
    return `(case ${column('subjectType')} ${prefixes.join(' ')} end) || ${column('subject')}`;
  });

function ofEvent(
  { writer, column }: Place,
  valueOf: (column: (property: keyof HistoryEntry) => string) => string,
): ReturnType<Planner> {
  const entries = writer.table(HistoryEntry);
  const alias = writer.alias();
  const value = valueOf(property => `${alias}.${entries.column(property)}`);
  return {
    kind: 'value',
    sql: `(select ${value} from ${entries.name} ${alias} where ${alias}.${entries.column('id')} = ${column('event')})`,
  };
}
