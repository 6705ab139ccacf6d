import { LockMode, ref } from '@mikro-orm/core';
import { User, UserState } from '../auth/user.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { checkInUse } from '../customers/find-customers.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { snapshotOf } from '../history/snapshot.js';
import { checkText, maxLongText, withoutUndefined } from '../input-checks.js';
import { lockForChange } from '../lock-for-change.js';
import { Order } from '../orders/order.entity.js';
import { ProblemCode, Problems, refused } from '../problems.js';
import { maxTags, Task, TaskPriority, TaskState } from './task.entity.js';

/** Characters of a tag at the most. */
export const maxTag = 50;

/** Values of a task as somebody gives them; what is undefined stays as it is. */
export interface TaskValues {
  title?: string | null | undefined;
  text?: string | null | undefined;
  dueOn?: string | null | undefined;
  priority?: TaskPriority | null | undefined;
  tags?: readonly string[] | null | undefined;
  /** The order's key. */
  order?: string | null | undefined;
  /** The customer's key. */
  customer?: string | null | undefined;
}

/** Values of a new task. */
export interface NewTaskValues extends TaskValues {
  /** The user's key. */
  assignee?: string | null | undefined;
}

/**
 * Makes a task, and gives its key.
 * @throws RefusedInput with all that is wrong with the values
 */
export async function createTask(transaction: Transaction, values: NewTaskValues): Promise<string> {
  const { em, actor } = transaction;
  const problems = new Problems();
  const customer = await lockCustomer(transaction, values.customer);
  const checked = await checkValues(transaction, problems, {
    ...values,
    customer,
    title: values.title ?? null,
    priority: values.priority ?? TaskPriority.NORMAL,
  });
  const assignee = await checkAssignee(transaction, problems, values.assignee ?? null);
  problems.throwIfAny();
  const creator = actor.user === null ? null : ref(User, actor.user);
  const task = em.create(Task, { ...checked, title: checked.title!, assignee, creator }, { partial: true });
  em.persist(task);
  recordChange(transaction, HistorySubject.TASK, task, HistoryAction.CREATED, null);
  return task.id;
}

/**
 * Changes a task.
 * @throws RefusedInput with all that is wrong with the values, UNKNOWN_TASK or VERSION_CONFLICT
 */
export async function updateTask(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  values: TaskValues,
): Promise<string> {
  // Before the task, as everybody locks them in this order.
  const customer = await lockCustomer(transaction, values.customer);
  const task = await lockTask(transaction, key, expectedVersion);
  const before = snapshotOf(transaction, task);
  const problems = new Problems();
  Object.assign(task, await checkValues(transaction, problems, { ...values, customer }, task));
  problems.throwIfAny(key);
  recordChange(transaction, HistorySubject.TASK, task, HistoryAction.UPDATED, before);
  return key;
}

/**
 * Says who is to do a task, or that nobody is.
 * @param assignee the user's key; null for nobody
 * @throws RefusedInput UNKNOWN_TASK, VERSION_CONFLICT, REQUIRED, UNKNOWN_USER or USER_NOT_ACTIVE
 */
export async function assignTask(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  assignee: string | null | undefined,
): Promise<string> {
  const task = await lockTask(transaction, key, expectedVersion);
  const before = snapshotOf(transaction, task);
  const problems = new Problems();
  if (assignee === undefined) {
    problems.add(ProblemCode.REQUIRED, 'assigneeId', 'assigneeId is left out; give a user’s id, or null for nobody.');
  } else {
    task.assignee = await checkAssignee(transaction, problems, assignee, task);
  }
  problems.throwIfAny(key);
  recordChange(transaction, HistorySubject.TASK, task, HistoryAction.ASSIGNED, before);
  return key;
}

/**
 * Completes a task. One that is completed stays as it is: who was first has completed it.
 * @throws RefusedInput UNKNOWN_TASK or VERSION_CONFLICT
 */
export async function completeTask(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
): Promise<string> {
  const task = await lockTask(transaction, key, expectedVersion);
  if (task.state === TaskState.OPEN) {
    const { user } = transaction.actor;
    const before = snapshotOf(transaction, task);
    Object.assign(task, {
      state: TaskState.COMPLETED,
      completedAt: new Date(),
      completedBy: user === null ? null : ref(User, user),
    });
    recordChange(transaction, HistorySubject.TASK, task, HistoryAction.COMPLETED, before);
  }
  return key;
}

/**
 * Has a task that was completed done again. One that is open stays as it is.
 * @throws RefusedInput UNKNOWN_TASK or VERSION_CONFLICT
 */
export async function reopenTask(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
): Promise<string> {
  const task = await lockTask(transaction, key, expectedVersion);
  const before = snapshotOf(transaction, task);
  Object.assign(task, { state: TaskState.OPEN, completedAt: null, completedBy: null });
  recordChange(transaction, HistorySubject.TASK, task, HistoryAction.REOPENED, before);
  return key;
}

/**
 * Deletes a task. Its history stays, with who deleted it.
 * @throws RefusedInput UNKNOWN_TASK or VERSION_CONFLICT
 */
export async function deleteTask(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
): Promise<void> {
  const task = await lockTask(transaction, key, expectedVersion);
  recordChange(transaction, HistorySubject.TASK, task, HistoryAction.DELETED, snapshotOf(transaction, task), {});
  transaction.em.remove(task);
}

function lockTask(transaction: Transaction, key: string, expectedVersion: number | undefined): Promise<Task> {
  return lockForChange(transaction, Task, key, expectedVersion, ProblemCode.UNKNOWN_TASK);
}

/** A customer whom a task is to be linked to, so that nobody merges or erases them meanwhile; 'unknown' for no customer. */
async function lockCustomer(
  { em }: Transaction,
  key: string | null | undefined,
): Promise<Customer | 'unknown' | null | undefined> {
  return key
    ? ((await em.findOne(Customer, key, { lockMode: LockMode.PESSIMISTIC_READ })) ?? 'unknown')
    : (key as null);
}

type CheckedTask = Omit<TaskValues, 'customer'> & { customer: Customer | 'unknown' | null | undefined };

/** The values as they are stored, without those that were not given. */
async function checkValues(transaction: Transaction, problems: Problems, values: CheckedTask, task?: Task) {
  const { title, text, dueOn, priority, tags, order, customer } = values;
  if (priority === null) {
    problems.add(ProblemCode.REQUIRED, 'priority', 'priority is empty; give it, or leave it out to keep it.');
  }
  return withoutUndefined({
    title: checkText(problems, 'title', title),
    text: checkText(problems, 'text', text, { max: maxLongText, required: false }),
    dueOn,
    priority: priority ?? undefined,
    tags: tags === undefined ? undefined : checkTags(problems, tags ?? []),
    order: await checkOrder(transaction, problems, order),
    customer: await checkCustomer(problems, customer, task),
  });
}

/** Tags without blanks around them, each once. */
function checkTags(problems: Problems, given: readonly string[]): string[] {
  // Before each is looked at, so that a long list has a short answer.
  if (given.length > maxTags) {
    const message = `tags has ${given.length} tags, and ${maxTags} are the most.`;
    problems.add(ProblemCode.TOO_MANY, 'tags', message);
    return [];
  }
  return [...new Set(given.map((tag, index) => checkText(problems, `tags.${index}`, tag, { max: maxTag })!))];
}

async function checkOrder({ em }: Transaction, problems: Problems, key: string | null | undefined) {
  if (!key) {
    return key as null | undefined;
  }
  // Orders are never deleted, so it need not be locked.
  if ((await em.count(Order, { id: key })) === 0) {
    problems.add(ProblemCode.UNKNOWN_ORDER, 'orderId', 'There is no order of this id.');
  }
  return ref(Order, key);
}

async function checkCustomer(problems: Problems, customer: CheckedTask['customer'], task: Task | undefined) {
  if (!customer) {
    return customer;
  }
  await problems.within(null, async () => {
    if (customer === 'unknown') {
      throw refused(ProblemCode.UNKNOWN_CUSTOMER, 'customerId', 'There is no customer of this id.');
    }
    // A link that stands may be given again, whatever became of the customer.
    if (task?.customer?.id !== customer.id) {
      checkInUse(customer, 'customerId');
    }
  });
  return customer === 'unknown' ? null : ref(customer);
}

/** Who is to do a task, locked so that nobody deactivates them meanwhile. */
async function checkAssignee({ em }: Transaction, problems: Problems, key: string | null, task?: Task) {
  if (key === null) {
    return null;
  }
  const user = await em.findOne(User, key, { lockMode: LockMode.PESSIMISTIC_READ });
  if (!user) {
    problems.add(ProblemCode.UNKNOWN_USER, 'assigneeId', 'Nobody who works for the shop has this id.');
  } else if (user.state === UserState.DEACTIVATED && task?.assignee?.id !== key) {
    problems.add(ProblemCode.USER_NOT_ACTIVE, 'assigneeId', 'The user was deactivated; assign it to somebody else.');
  }
  return ref(User, key);
}
