import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistoryEntry, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { Task } from '../tasks/task.entity.js';

/** What of a task is free text, in which anything may be said of a person. */
const freeText = ['title', 'text', 'tags'] as const;

/**
 * Takes what staff have written out of the tasks that are linked to customers or to their orders. The tasks stay, with
 * their links, so that nobody misses one. Of all tasks that were ever linked so, deleted ones too, the history keeps of what
 * was written the names of the fields alone. Gives how many tasks and entries there are.
 */
export async function eraseTasks(
  transaction: Transaction,
  customers: string[],
  orders: string[],
  erased: string,
): Promise<{ tasks: number; historyEntries: number }> {
  const { em } = transaction;
  const tasks = await em.find(
    Task,
    { $or: [{ customer: { $in: customers } }, { order: { $in: orders } }] },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  for (const task of tasks) {
    Object.assign(task, { title: erased, text: '', tags: [] });
  }
  const historyEntries = await eraseHistory(transaction, [...customers, ...orders]);
  for (const task of tasks) {
    // A version of its own, so that nobody who still sees the text writes it back unawares.
    recordChange(transaction, HistorySubject.TASK, task, HistoryAction.ERASED, {}, { erased: [...freeText] });
  }
  return { tasks: tasks.length, historyEntries };
}

async function eraseHistory({ reader }: Transaction, linked: string[]): Promise<number> {
  const history = reader.table(HistoryEntry);
  const [subject, subjectType, changes] = (['subject', 'subjectType', 'changes'] as const).map(name =>
    history.column(name),
  );
  const entries = await reader.run(
    `update ${history.name} set ${changes} = coalesce((
       select jsonb_agg(case when c ->> 'field' = any($2::text[])
         then jsonb_build_object('field', c ->> 'field', 'before', null, 'after', null) else c end)
       from jsonb_array_elements(${changes}) c), '[]')
     where ${subjectType} = $3::text and ${subject} in (
       select h.${subject} from ${history.name} h, jsonb_array_elements(h.${changes}) c
       where h.${subjectType} = $3::text and c ->> 'field' in ('customer', 'order')
         and (c ->> 'before' = any($1::text[]) or c ->> 'after' = any($1::text[])))
     returning 1`,
    [linked, freeText, HistorySubject.TASK],
  );
  return entries.length;
}
