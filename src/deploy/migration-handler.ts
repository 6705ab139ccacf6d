import { migrateForStack, ranOut } from './migrate-for-stack.js';
import { answerStack, type StackOutcome } from './stack-answer.js';
import { readStackEvent, type StackEvent } from './stack-event.js';
import { type LambdaContext, TimeLeft } from './time-left.js';

/** A function as Lambda calls it. */
export type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<void>;

/**
 * Makes the function behind a custom resource of CloudFormation, which migrates the database of the settings and answers. The
 * same request may come twice: the second one waits for the locks of the first, and then finds nothing to do.
 * @param migrations another folder of shops' migrations than this build's
 */
export function migrationHandler({ migrations }: { migrations?: string } = {}): LambdaHandler {
  return async (event, context) => {
    const request = readStackEvent(event);
    await answerStack(request, await outcomeOf(request, context, migrations));
  };
}

async function outcomeOf(
  { RequestType, ResourceProperties }: StackEvent,
  context: LambdaContext,
  migrations: string | undefined,
): Promise<StackOutcome> {
  if (RequestType === 'Delete') {
    return { done: true, told: 'The database and its schema stay as they are.' };
  }
  const time = new TimeLeft(context);
  try {
    const work = migrateForStack(ResourceProperties.MigrationHash, time, migrations);
    return (await Promise.race([work, time.last.then(() => undefined)])) ?? { done: false, told: ranOut };
  } catch (error) {
    console.error(error);
    return { done: false, told: `The migrations could not be run: ${(error as Error).message}` };
  } finally {
    time.end();
  }
}
