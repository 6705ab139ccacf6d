import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { HistoryEntry } from '../history/history-entry.entity.js';
import type { Outbox } from '../outbox/relay.js';
import { reasonOf, send } from './send.js';
import { payloadOf } from './webhook-payload.js';
import { DeliveryState, Webhook, WebhookDelivery, WebhookState } from './webhook.entity.js';

/** Deliveries that one process has under way at the most. */
const mostCalls = 50;

/** Deliveries to one webhook that one process has under way at the most, so that one that hangs holds up no other. */
const mostCallsOfWebhook = 5;

/** How long a delivery that was begun is left to who began it, in seconds: longer than a receiver may take. */
const lease = 30;

/** How often deliveries are looked for without news, in milliseconds. */
const pollInterval = 2_000;

/** How often and when a delivery is tried. */
export interface DeliverySettings {
  /** After so many failures a delivery is dead. */
  attempts: number;
  /** Milliseconds before the second attempt; each further one waits twice as long, up to an hour. */
  retryDelay: number;
  /** Whether receivers may be on a private network, or on this machine. */
  privateTargets: boolean;
}

/** The tenants whose events are delivered: one that is suspended sends nothing. */
type ServedTenants = Pick<Outbox<Due, WebhookDelivery>, 'schemas' | 'isServed'>;

interface Due extends Pick<Row<WebhookDelivery>, 'id' | 'attempts'>, Pick<Row<Webhook>, 'url' | 'secret'> {
  webhook: string;
  event: Row<HistoryEntry>;
}

/** Events that are to be delivered to webhooks, those of one object in the order of its versions. */
export function webhookOutbox(
  { attempts, retryDelay, privateTargets }: DeliverySettings,
  tenants: ServedTenants,
): Outbox<Due, WebhookDelivery> {
  return {
    what: 'deliveries to webhooks',
    entity: WebhookDelivery,
    mostSent: mostCalls,
    pollInterval,
    attempts,
    retryDelay,
    // A dead delivery no longer holds up the later ones of its object; the version tells a receiver what it missed.
    sent: { state: DeliveryState.DELIVERED, column: 'deliveredAt', value: 'now()' },
    ...tenants,
    claim,
    send: ({ url, secret, event }, signal) =>
      send({ url, secret, id: event.id, body: payloadOf(event) }, privateTargets, signal),
    reasonOf,
  };
}

/** Takes deliveries that are due: of each webhook and object the one of the lowest version that is not delivered. */
async function claim(reader: Reader, most: number, underWay: Iterable<Due>): Promise<Due[]> {
  const [deliveries, webhooks, history] = [
    reader.table(WebhookDelivery),
    reader.table(Webhook),
    reader.table(HistoryEntry),
  ];
  const d = (name: keyof WebhookDelivery) => deliveries.column(name);
  const calls = new Map<string, number>();
  for (const { webhook } of underWay) {
    calls.set(webhook, (calls.get(webhook) ?? 0) + 1);
  }
  const rows = await reader.run<Due & Row<HistoryEntry> & { delivery: string }>(
    `with due as (
       select c.id from ${webhooks.name} w
       left join unnest($1::uuid[], $2::int[]) as busy(webhook, calls) on busy.webhook = w.${webhooks.column('id')}
       cross join lateral (
         select c.${d('id')} as id, c.${d('nextAttemptAt')} as since from ${deliveries.name} c
         where c.${d('webhook')} = w.${webhooks.column('id')} and c.${d('state')} = '${DeliveryState.PENDING}'
           and c.${d('nextAttemptAt')} <= now() and not exists (
             select from ${deliveries.name} e where e.${d('webhook')} = c.${d('webhook')} and e.${d('subject')} = c.${d('subject')}
               and e.${d('state')} = '${DeliveryState.PENDING}' and e.${d('version')} < c.${d('version')})
         order by c.${d('nextAttemptAt')} limit greatest(${mostCallsOfWebhook} - coalesce(busy.calls, 0), 0)
         for update of c skip locked) c
       where w.${webhooks.column('state')} = '${WebhookState.ACTIVE}' order by c.since limit $3)
     update ${deliveries.name} t set ${d('attempts')} = t.${d('attempts')} + 1, ${d('nextAttemptAt')} = now() + interval '${lease} seconds'
     from due, ${webhooks.name} w, ${history.name} h
     where t.${d('id')} = due.id and w.${webhooks.column('id')} = t.${d('webhook')} and h.${history.column('id')} = t.${d('event')}
     returning t.${d('id')} as delivery, t.${d('attempts')} as attempts, w.${webhooks.column('id')} as webhook,
       w.${webhooks.column('url')} as url, w.${webhooks.column('secret')} as secret, ${history.columns('h')}`,
    [[...calls.keys()], [...calls.values()], most],
  );
  return rows.map(({ delivery, attempts, webhook, url, secret, ...event }) => ({
    id: delivery,
    attempts,
    webhook,
    url,
    secret,
    event,
  }));
}
