import { Planned } from '../plans/planned.js';
import { one, page, pageOf } from '../plans/planners.js';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import type { RequestContext } from '../context.js';
import { readPage, SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf, toGlobalId } from '../graphql/global-id.js';
import { answer, mutate, payloadType, write } from '../graphql/mutation.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { subjectTypes } from '../history/global-ids.js';
import { HistoryEntry } from '../history/history-entry.entity.js';
import { historyEntryById } from '../history/history.list.js';
import { deliveryEventType, deliverySubjectId } from './delivery-event.plan.js';
import { eventTypeOf } from './event-types.js';
import { DeliveryState, Webhook, WebhookDelivery } from './webhook.entity.js';
import {
  CreateWebhookInput,
  DeleteWebhookInput,
  ReplayDeadWebhookDeliveriesInput,
  ReplayWebhookDeliveryInput,
  UpdateWebhookInput,
} from './webhook.inputs.js';
import { deliveriesOfWebhook, deliveryById, webhookById, webhookList } from './webhook.list.js';
import {
  createWebhook,
  deleteWebhook,
  replayDeadDeliveries,
  replayDelivery,
  updateWebhook,
} from './webhook.service.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const WebhookConnection = connectionType(Webhook, 'Webhook');
const WebhookDeliveryConnection = connectionType(WebhookDelivery, 'WebhookDelivery');

const UpdateWebhookPayload = payloadType('UpdateWebhook', { webhook: Webhook });
const ReplayWebhookDeliveryPayload = payloadType('ReplayWebhookDelivery', { delivery: WebhookDelivery });

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `createWebhook` answers.' })
class CreateWebhookPayload extends payloadType('CreateWebhook', { webhook: Webhook }) {
  @Field(() => String, {
    nullable: true,
    description: 'The key of the signatures, which is never shown again: give it to the receiver.',
  })
  secret?: string;
}

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `deleteWebhook` answers.' })
class DeleteWebhookPayload extends payloadType('DeleteWebhook', {}) {
  @Field(() => Boolean, { nullable: true, description: 'Whether the webhook is gone.' })
  deleted?: boolean;
}

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `replayDeadWebhookDeliveries` answers.' })
class ReplayDeadWebhookDeliveriesPayload extends payloadType('ReplayDeadWebhookDeliveries', { webhook: Webhook }) {
  @Field(() => Int, { nullable: true, description: 'How many deliveries are tried again.' })
  count?: number;
}

@ArgsType()
class DeliveriesArgs extends PageArgs {
  @Field(() => DeliveryState, { nullable: true, description: 'Only those that have come so far; all without it.' })
  state?: DeliveryState | null;
}

function toWebhooksRequest(args: PageArgs) {
  return { page: toPageRequest(args), sort: 'CREATED', direction: SortDirection.ASC, filter: undefined } as const;
}

function toDeliveriesRequest(args: DeliveriesArgs) {
  const filter = { state: args.state ?? undefined };
  return { page: toPageRequest(args), sort: 'EVENT', direction: SortDirection.DESC, filter } as const;
}

@Resolver(() => Webhook)
export class WebhookResolver {
  @Requires(Permission.WEBHOOKS_MANAGE)
  @Planned(page(webhookList, toWebhooksRequest))
  @Query(() => WebhookConnection, { description: 'All webhooks, in the order in which they were made.' })
  webhooks(@Args(() => PageArgs) args: PageArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, webhookList, toWebhooksRequest(args));
  }

  @Planned(pageOf(deliveriesOfWebhook, toDeliveriesRequest))
  @FieldResolver(() => WebhookDeliveryConnection, {
    description: 'Deliveries to it, those of the newest events first.',
  })
  deliveries(
    @Root() webhook: Row<Webhook>,
    @Args(() => DeliveriesArgs) args: DeliveriesArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(deliveriesOfWebhook, webhook.id, toDeliveriesRequest(args));
  }

  @Requires(Permission.WEBHOOKS_MANAGE)
  @Mutation(() => CreateWebhookPayload, { description: 'Has events sent to a URL from now on.' })
  createWebhook(
    @Arg('input', () => CreateWebhookInput, { description: 'The webhook.' }) input: CreateWebhookInput,
    @Ctx() context: RequestContext,
  ) {
    return answer(
      async () => {
        const { id, secret } = await write(context, async transaction => createWebhook(transaction, input));
        return { secret, webhook: await context.loaders.load(webhookById, id) };
      },
      async () => ({}),
    );
  }

  @Requires(Permission.WEBHOOKS_MANAGE)
  @Mutation(() => UpdateWebhookPayload, { description: 'Changes where, whether and which events are sent.' })
  updateWebhook(
    @Arg('input', () => UpdateWebhookInput, { description: 'What is changed.' }) input: UpdateWebhookInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Webhook', input.id);
    return mutate(context, 'webhook', webhookById, transaction => updateWebhook(transaction, key, input));
  }

  @Requires(Permission.WEBHOOKS_MANAGE)
  @Mutation(() => DeleteWebhookPayload, { description: 'Deletes a webhook, and what was not delivered to it.' })
  deleteWebhook(
    @Arg('input', () => DeleteWebhookInput, { description: 'Which webhook.' }) input: DeleteWebhookInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Webhook', input.id);
    return answer(
      async () => {
        await write(context, transaction => deleteWebhook(transaction, key));
        return { deleted: true };
      },
      async () => ({}),
    );
  }

  @Requires(Permission.WEBHOOKS_MANAGE)
  @Mutation(() => ReplayWebhookDeliveryPayload, { description: 'Sends an event again, dead or delivered.' })
  replayWebhookDelivery(
    @Arg('input', () => ReplayWebhookDeliveryInput, { description: 'Which delivery.' })
    input: ReplayWebhookDeliveryInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('WebhookDelivery', input.id);
    return mutate(context, 'delivery', deliveryById, transaction => replayDelivery(transaction, key));
  }

  @Requires(Permission.WEBHOOKS_MANAGE)
  @Mutation(() => ReplayDeadWebhookDeliveriesPayload, { description: 'Sends all dead events of a webhook again.' })
  replayDeadWebhookDeliveries(
    @Arg('input', () => ReplayDeadWebhookDeliveriesInput, { description: 'Which webhook.' })
    input: ReplayDeadWebhookDeliveriesInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Webhook', input.webhookId);
    return answer(
      async () => {
        const count = await write(context, transaction => replayDeadDeliveries(transaction, key));
        return { count, webhook: await context.loaders.load(webhookById, key) };
      },
      async () => ({}),
    );
  }
}

@Resolver(() => WebhookDelivery)
export class WebhookDeliveryResolver {
  @Planned(one(historyEntryById, 'event'))
  @FieldResolver(() => HistoryEntry, { description: 'The change that it tells of.' })
  event(@Root() delivery: Row<WebhookDelivery>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(historyEntryById, delivery.event);
  }

  @Planned(deliveryEventType)
  @FieldResolver(() => String, { description: 'The type of the event, such as `order.placed`.' })
  async eventType(@Root() delivery: Row<WebhookDelivery>, @Ctx() { loaders }: RequestContext) {
    const event = await loaders.load(historyEntryById, delivery.event);
    return eventTypeOf(event!);
  }

  @Planned(deliverySubjectId)
  @FieldResolver(() => String, { description: 'The id of the object that was changed.' })
  async subjectId(@Root() delivery: Row<WebhookDelivery>, @Ctx() { loaders }: RequestContext) {
    const event = await loaders.load(historyEntryById, delivery.event);
    return toGlobalId(subjectTypes[event!.subjectType], event!.subject);
  }
}
