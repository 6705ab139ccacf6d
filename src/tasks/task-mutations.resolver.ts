import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { keyOf } from '../graphql/global-id.js';
import { answer, mutate, payloadType, write } from '../graphql/mutation.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { Task } from './task.entity.js';
import {
  AssignTaskInput,
  CompleteTaskInput,
  CreateTaskInput,
  DeleteTaskInput,
  ReopenTaskInput,
  toKey,
  toNewTask,
  toTaskValues,
  UpdateTaskInput,
} from './task.inputs.js';
import { taskById } from './task.loaders.js';
import { assignTask, completeTask, createTask, deleteTask, reopenTask, updateTask } from './task.service.js';

const CreateTaskPayload = payloadType('CreateTask', { task: Task });
const UpdateTaskPayload = payloadType('UpdateTask', { task: Task });
const AssignTaskPayload = payloadType('AssignTask', { task: Task });
const CompleteTaskPayload = payloadType('CompleteTask', { task: Task });
const ReopenTaskPayload = payloadType('ReopenTask', { task: Task });

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `deleteTask` answers.' })
class DeleteTaskPayload extends payloadType('DeleteTask', { task: Task }) {
  @Field(() => Boolean, { nullable: true, description: 'Whether the task is gone.' })
  deleted?: boolean;
}

@Resolver()
export class TaskMutationsResolver {
  @Requires(Permission.TASKS_WRITE)
  @Mutation(() => CreateTaskPayload, { description: 'Makes a task.' })
  createTask(
    @Arg('input', () => CreateTaskInput, { description: 'The task.' }) input: CreateTaskInput,
    @Ctx() context: RequestContext,
  ) {
    const values = toNewTask(input);
    return mutate(context, 'task', taskById, transaction => createTask(transaction, values));
  }

  @Requires(Permission.TASKS_WRITE)
  @Mutation(() => UpdateTaskPayload, { description: 'Changes what a task says and what it is about.' })
  updateTask(
    @Arg('input', () => UpdateTaskInput, { description: 'What is changed.' }) input: UpdateTaskInput,
    @Ctx() context: RequestContext,
  ) {
    const [key, values] = [keyOf('Task', input.id), toTaskValues(input)];
    return mutate(context, 'task', taskById, transaction =>
      updateTask(transaction, key, input.expectedVersion ?? undefined, values),
    );
  }

  @Requires(Permission.TASKS_WRITE)
  @Mutation(() => AssignTaskPayload, { description: 'Says who is to do a task, or that nobody is.' })
  assignTask(
    @Arg('input', () => AssignTaskInput, { description: 'Which task, and who.' }) input: AssignTaskInput,
    @Ctx() context: RequestContext,
  ) {
    const [key, assignee] = [keyOf('Task', input.id), toKey('User', input.assigneeId)];
    return mutate(context, 'task', taskById, transaction =>
      assignTask(transaction, key, input.expectedVersion ?? undefined, assignee),
    );
  }

  @Requires(Permission.TASKS_WRITE)
  @Mutation(() => CompleteTaskPayload, {
    description: 'Completes a task; one that is completed stays with who was first.',
  })
  completeTask(
    @Arg('input', () => CompleteTaskInput, { description: 'Which task.' }) input: CompleteTaskInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Task', input.id);
    return mutate(context, 'task', taskById, transaction =>
      completeTask(transaction, key, input.expectedVersion ?? undefined),
    );
  }

  @Requires(Permission.TASKS_WRITE)
  @Mutation(() => ReopenTaskPayload, { description: 'Opens a completed task again.' })
  reopenTask(
    @Arg('input', () => ReopenTaskInput, { description: 'Which task.' }) input: ReopenTaskInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Task', input.id);
    return mutate(context, 'task', taskById, transaction =>
      reopenTask(transaction, key, input.expectedVersion ?? undefined),
    );
  }

  @Requires(Permission.TASKS_WRITE)
  @Mutation(() => DeleteTaskPayload, {
    description: 'Deletes a task. The query `history` still tells what was done to it, and by whom.',
  })
  deleteTask(
    @Arg('input', () => DeleteTaskInput, { description: 'Which task.' }) input: DeleteTaskInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Task', input.id);
    return answer<{ deleted?: boolean; task?: object | null }>(
      async () => {
        await write(context, transaction => deleteTask(transaction, key, input.expectedVersion ?? undefined));
        return { deleted: true };
      },
      async current => ({ task: await context.loaders.load(taskById, current) }),
    );
  }
}
