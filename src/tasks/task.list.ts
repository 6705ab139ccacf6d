import { registerEnumType } from 'type-graphql';
import type { List } from '../database/list.js';
import { rankOf, Task, type TaskPriority, type TaskState } from './task.entity.js';

/** What tasks can be sorted by. */
export enum TaskSort {
  DUE = 'DUE',
  PRIORITY = 'PRIORITY',
  CREATED = 'CREATED',
  TITLE = 'TITLE',
}

registerEnumType(TaskSort, {
  name: 'TaskSort',
  description: 'What tasks can be sorted by.',
  valuesConfig: {
    DUE: { description: 'The day on which they are due; those that are never due are the last.' },
    PRIORITY: { description: 'How much they matter, from `LOW` to `URGENT`.' },
    CREATED: { description: 'When they were made.' },
    TITLE: { description: 'The title.' },
  },
});

/** What tasks can be narrowed to, by keys and values as the database has them. */
export interface TaskConditions {
  state?: TaskState | undefined;
  assignee?: string | undefined;
  /** True for tasks of nobody, false for tasks of anybody. */
  unassigned?: boolean | undefined;
  dueFrom?: string | undefined;
  dueBefore?: string | undefined;
  tag?: string | undefined;
  priority?: TaskPriority | undefined;
  order?: string | undefined;
  customer?: string | undefined;
}

/** All tasks. */
export const taskList: List<Task, TaskConditions, TaskSort> = {
  name: 'tasks',
  entity: Task,
  sorts: {
    [TaskSort.DUE]: ['dueOrder', 'id'],
    [TaskSort.PRIORITY]: ['priorityRank', 'id'],
    // Ids begin with the time at which they were made.
    [TaskSort.CREATED]: ['id'],
    [TaskSort.TITLE]: ['title', 'id'],
  },
  narrow: (conditions, filter) => {
    conditions.equals('state', filter.state);
    conditions.equals('assignee', filter.assignee);
    if (filter.unassigned !== undefined) {
      conditions.isNull('assignee', filter.unassigned);
    }
    conditions.from('dueOrder', filter.dueFrom);
    // A task that is never due is not due from some day on either.
    conditions.before('dueOrder', filter.dueBefore ?? (filter.dueFrom && 'infinity'));
    conditions.includes('tags', filter.tag);
    conditions.equals('priorityRank', filter.priority && rankOf(filter.priority));
    conditions.equals('order', filter.order);
    conditions.equals('customer', filter.customer);
  },
};
