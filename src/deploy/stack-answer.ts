import pRetry, { AbortError } from 'p-retry';
import type { StackEvent } from './stack-event.js';

/** What came of a request of CloudFormation. */
export interface StackOutcome {
  done: boolean;
  /** What the stack's events show, for people; it holds nothing of what shops keep in their tables. */
  told: string;
}

/**
 * The resource's identity, the same in each answer: by another one CloudFormation would take the resource for replaced, and
 * ask to delete the old one.
 */
const physicalResourceId = 'pier2-migrations';

/** CloudFormation takes answers of up to 4,096 bytes. */
const longestText = 800;

/** How often and how patiently an answer is sent; together less than what is left of the time when it has run out. */
const patience = { retries: 4, minTimeout: 250, factor: 2 };
const attemptTimeout = 3000;

/** Answers CloudFormation, which waits for it. */
export async function answerStack(event: StackEvent, { done, told }: StackOutcome): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const text = told.length > longestText ? `${told.slice(0, longestText - 1)}…` : told;
  const body = JSON.stringify({
    Status: done ? 'SUCCESS' : 'FAILED',
    Reason: text,
    PhysicalResourceId: physicalResourceId,
    StackId,
    RequestId,
    LogicalResourceId,
    Data: { Outcome: text },
  });
  await pRetry(() => put(event.ResponseURL, body), patience);
}

async function put(url: string, body: string): Promise<void> {
  // The signature of the URL is for a request without a content type.
  const headers = { 'content-type': '' };
  const response = await fetch(url, { method: 'PUT', headers, body, signal: AbortSignal.timeout(attemptTimeout) });
  await response.arrayBuffer();
  if (response.status >= 500) {
    throw new Error(`The answer to CloudFormation got the status ${response.status}.`);
  }
  if (!response.ok) {
    throw new AbortError(`The answer to CloudFormation was refused with the status ${response.status}.`);
  }
}
