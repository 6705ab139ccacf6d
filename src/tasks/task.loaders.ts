import { pagesPointingTo } from '../database/list.js';
import { rowByKey } from '../database/loaders.js';
import { Task } from './task.entity.js';
import { taskList } from './task.list.js';

/** A task by its key. */
export const taskById = rowByKey(Task);

/** A page of the tasks that are linked to an order. */
export const tasksOfOrder = pagesPointingTo(taskList, 'order');

/** A page of the tasks that are linked to a customer. */
export const tasksOfCustomer = pagesPointingTo(taskList, 'customer');

/** A page of the tasks that a user is assigned to. */
export const tasksOfUser = pagesPointingTo(taskList, 'assignee');
