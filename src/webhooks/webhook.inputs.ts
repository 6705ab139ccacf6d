import { Field, ID, InputType } from 'type-graphql';
import { objectInput } from '../graphql/object-input.js';
import { WebhookState } from './webhook.entity.js';
import type { WebhookValues } from './webhook.service.js';

const eventTypes = 'The types of events that are sent, such as `order.placed`; all when it is empty.';

/** A URL that events are sent to. */
@InputType({ description: 'A URL that events are sent to.' })
export class CreateWebhookInput implements WebhookValues {
  @Field(() => String, { description: 'Where events are sent to, by POST: an `https` or `http` URL.' })
  url!: string;

  @Field(() => [String], { nullable: true, description: eventTypes })
  eventTypes?: string[] | null;
}

/** What of a webhook is changed. */
@InputType({ description: 'What of a webhook is changed. What is left out stays as it is.' })
export class UpdateWebhookInput extends objectInput('webhook') implements WebhookValues {
  @Field(() => String, { nullable: true, description: 'Where events are sent to from now on.' })
  url?: string | null;

  @Field(() => [String], { nullable: true, description: eventTypes })
  eventTypes?: string[] | null;

  @Field(() => WebhookState, { nullable: true, description: 'Whether events are sent.' })
  state?: WebhookState | null;
}

/** A webhook that is no longer wanted. */
@InputType({ description: 'A webhook that is no longer wanted.' })
export class DeleteWebhookInput extends objectInput('webhook') {}

/** A delivery that is to be tried again. */
@InputType({ description: 'A delivery that is to be tried again.' })
export class ReplayWebhookDeliveryInput extends objectInput('delivery') {}

/** A webhook whose dead deliveries are to be tried again. */
@InputType({ description: 'A webhook whose dead deliveries are to be tried again.' })
export class ReplayDeadWebhookDeliveriesInput {
  @Field(() => ID, { description: 'The webhook’s id.' })
  webhookId!: string;
}
