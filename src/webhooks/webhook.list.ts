import { type List, pagesPointingTo } from '../database/list.js';
import { rowByKey } from '../database/loaders.js';
import { type DeliveryState, Webhook, WebhookDelivery } from './webhook.entity.js';

/** All webhooks, in the order in which they were made. */
export const webhookList: List<Webhook, undefined, 'CREATED'> = {
  name: 'webhooks',
  entity: Webhook,
  sorts: { CREATED: ['id'] },
  narrow: () => {},
};

/** What deliveries can be narrowed to. */
export interface DeliveryFilter {
  state: DeliveryState | undefined;
}

/** Deliveries of a webhook, by the time of their events. */
const deliveryList: List<WebhookDelivery, DeliveryFilter, 'EVENT'> = {
  name: 'webhookDeliveries',
  entity: WebhookDelivery,
  // Ids of events begin with the time at which they were made.
  sorts: { EVENT: ['event'] },
  narrow: (conditions, { state }) => conditions.equals('state', state),
};

/** A webhook by its key. */
export const webhookById = rowByKey(Webhook);

/** A delivery by its key. */
export const deliveryById = rowByKey(WebhookDelivery);

/** A page of a webhook's deliveries. */
export const deliveriesOfWebhook = pagesPointingTo(deliveryList, 'webhook');
