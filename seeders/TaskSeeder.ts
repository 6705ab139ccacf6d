import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import { Task, TaskState } from '../src/tasks/task.entity.js';
import { insertMissing } from './insert-missing.js';
import { customerId, orderId, sampleTasks } from './sample-data.js';
import { sampleId } from './sample-id.js';

/** Seeds the tasks. Nobody made them and nobody is to do them, since sample users are not everywhere. */
export class TaskSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    await insertMissing(
      em,
      Task,
      sampleTasks.map(({ number, createdAt, dueOn = null, customer, order, completedAt, ...values }) => ({
        ...values,
        id: sampleId('task', number, new Date(createdAt)),
        dueOn,
        customer: customer === undefined ? null : customerId(customer),
        order: order === undefined ? null : orderId(order),
        state: completedAt === undefined ? TaskState.OPEN : TaskState.COMPLETED,
        completedAt: completedAt === undefined ? null : new Date(completedAt),
        createdAt: new Date(createdAt),
      })),
    );
  }
}
