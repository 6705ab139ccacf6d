import { connectionType } from '../graphql/paging.js';
import { Task } from './task.entity.js';

/** A page of tasks, of all or of one order, customer or user. */
export const TaskConnection = connectionType(Task, 'Task');
