import { randomBytes } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../database/transactions.js';
import { quote } from '../errors.js';
import { ProblemCode, Problems, refused } from '../problems.js';
import { eventTypes } from './event-types.js';
import { DeliveryState, Webhook, WebhookDelivery, WebhookState } from './webhook.entity.js';

const maxUrl = 2000;

/** Values of a webhook as somebody gives them; what is undefined stays as it is. */
export interface WebhookValues {
  url?: string | null;
  eventTypes?: string[] | null;
  state?: WebhookState | null;
}

/**
 * Makes a webhook with a secret of its own, and gives it.
 * @throws RefusedInput INVALID_URL or UNKNOWN_EVENT_TYPE
 */
export function createWebhook({ em }: Transaction, values: WebhookValues): Webhook {
  checkValues(values);
  const webhook = em.create(
    Webhook,
    {
      url: values.url!,
      eventTypes: values.eventTypes ?? [],
      // The form of the Standard Webhooks specification.
      secret: `whsec_${randomBytes(24).toString('base64')}`,
    },
    { partial: true },
  );
  em.persist(webhook);
  return webhook;
}

/**
 * Changes a webhook.
 * @throws RefusedInput UNKNOWN_WEBHOOK, INVALID_URL or UNKNOWN_EVENT_TYPE
 */
export async function updateWebhook(transaction: Transaction, key: string, values: WebhookValues): Promise<string> {
  const webhook = await lockWebhook(transaction, key, 'id');
  checkValues(values);
  webhook.url = values.url ?? webhook.url;
  webhook.eventTypes = values.eventTypes ?? webhook.eventTypes;
  webhook.state = values.state ?? webhook.state;
  return key;
}

/**
 * Deletes a webhook with all of its deliveries.
 * @throws RefusedInput UNKNOWN_WEBHOOK
 */
export async function deleteWebhook(transaction: Transaction, key: string): Promise<void> {
  const webhook = await lockWebhook(transaction, key, 'id');
  await transaction.em.nativeDelete(WebhookDelivery, { webhook: key });
  transaction.em.remove(webhook);
}

/**
 * Has a delivery tried again from the start, whether it is dead or was delivered.
 * @throws RefusedInput UNKNOWN_DELIVERY
 */
export async function replayDelivery({ em }: Transaction, key: string): Promise<string> {
  const delivery = await em.findOne(WebhookDelivery, key, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!delivery) {
    throw refused(ProblemCode.UNKNOWN_DELIVERY, 'id', 'There is no delivery of this id.');
  }
  Object.assign(delivery, { state: DeliveryState.PENDING, attempts: 0, nextAttemptAt: new Date(), deliveredAt: null });
  return key;
}

/**
 * Has all dead deliveries of a webhook tried again from the start, and gives how many.
 * @throws RefusedInput UNKNOWN_WEBHOOK
 */
export async function replayDeadDeliveries(transaction: Transaction, key: string): Promise<number> {
  await lockWebhook(transaction, key, 'webhookId');
  return transaction.em.nativeUpdate(
    WebhookDelivery,
    { webhook: key, state: DeliveryState.DEAD },
    { state: DeliveryState.PENDING, attempts: 0, nextAttemptAt: new Date() },
  );
}

async function lockWebhook({ em }: Transaction, key: string, field: string): Promise<Webhook> {
  const webhook = await em.findOne(Webhook, key, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!webhook) {
    throw refused(ProblemCode.UNKNOWN_WEBHOOK, field, 'There is no webhook of this id.');
  }
  return webhook;
}

function checkValues({ url, eventTypes: types }: WebhookValues): void {
  const problems = new Problems();
  if (url !== undefined && !isCallable(url)) {
    const message = `${quote(url)} cannot be called; give an https or http URL without a user and a password in it.`;
    problems.add(ProblemCode.INVALID_URL, 'url', message);
  }
  // Each is told with all that there are, so a long list would have a far longer answer.
  if (types && types.length > eventTypes.length) {
    const message = `eventTypes has ${types.length} types, and there are ${eventTypes.length}; leave it empty for all.`;
    problems.add(ProblemCode.TOO_MANY, 'eventTypes', message);
    problems.throwIfAny();
  }
  (types ?? []).forEach((type, index) => {
    if (!eventTypes.includes(type)) {
      const message = `There is no event ${quote(type)}; there are ${eventTypes.join(', ')}.`;
      problems.add(ProblemCode.UNKNOWN_EVENT_TYPE, `eventTypes.${index}`, message);
    }
  });
  problems.throwIfAny();
}

function isCallable(text: string | null): boolean {
  if (text === null || text.length > maxUrl || !URL.canParse(text)) {
    return false;
  }
  const { protocol, username, password } = new URL(text);
  return ['https:', 'http:'].includes(protocol) && /^https?:\/\//.test(text) && username === '' && password === '';
}
