import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { HistoryEntry } from '../history/history-entry.entity.js';
import { reasonOf, send } from './send.js';
import { payloadOf } from './webhook-payload.js';
import { DeliveryState, Webhook, WebhookDelivery, WebhookState } from './webhook.entity.js';

/** Deliveries that one process has under way at the most. */
const mostCalls = 50;

/** Deliveries to one webhook that one process has under way at the most, so that one that hangs holds up no other. */
const mostCallsOfWebhook = 5;

/** How long a delivery that was begun is left to who began it, in seconds: longer than a receiver may take. */
const lease = 30;

/** How often deliveries are looked for without news, in milliseconds; those that failed come due without any. */
const pollInterval = 2_000;

/** Tenants that are looked at without news in one turn, so that thousands of them cost no more than these. */
const tenantsATurn = 20;

/** How long at least lies between two looks, in milliseconds, so that a flood of news costs little. */
const leastInterval = 20;

/** How long receivers have to answer when the process ends, in milliseconds. */
const farewell = 1_000;

/** How often and when a delivery is tried. */
export interface RelaySettings {
  /** After so many failures a delivery is dead. */
  attempts: number;
  /** Milliseconds before the second attempt; each further one waits twice as long, up to an hour. */
  retryDelay: number;
  /** Whether receivers may be on a private network, or on this machine. */
  privateTargets: boolean;
}

/** The tenants whose events are delivered. */
export interface ServedTenants {
  /** The schemas of all of them. Asked every few seconds alone, since there may be thousands. */
  schemas(): Promise<readonly string[]>;
  /** Whether a schema is one of theirs. Asked with each look, so it has to cost next to nothing. */
  isServed(schema: string): Promise<boolean>;
}

interface Due extends Pick<Row<WebhookDelivery>, 'id' | 'attempts'>, Pick<Row<Webhook>, 'url' | 'secret'> {
  webhook: string;
  event: Row<HistoryEntry>;
}

/** What became of an attempt. */
interface Outcome extends Pick<Row<WebhookDelivery>, 'state' | 'attempts'> {
  error: string | null;
  /** Milliseconds until the next attempt. */
  delay: number;
}

/**
 * Delivers events to webhooks, at least once each, and those of one object in the order of its versions. Several
 * processes may do so at once: who takes a delivery has it for a time, within one short statement, and nobody holds a
 * transaction open while a receiver is called. When a process dies, others take over what it had once that time is over.
 */
export class WebhookRelay {
  readonly #ended = new AbortController();
  /** Deliveries under way, with the webhook that each goes to. */
  readonly #calls = new Map<Promise<void>, string>();
  /** Schemas of tenants in which something may be due, with the time since when. */
  readonly #due = new Map<string, number>();
  /** Where among all tenants the next turn begins. */
  #nextTenant = 0;
  #nextTurn = 0;
  #timer: NodeJS.Timeout | undefined;
  #nextLook = Infinity;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly tenants: ServedTenants,
    private readonly readerOf: (schema: string) => Reader,
    private readonly settings: RelaySettings,
    private readonly logger: Logger,
  ) {}

  /** Begins to deliver. */
  start(): void {
    this.#lookIn(0);
  }

  /** Looks for deliveries of a tenant soon. */
  wake(schema: string): void {
    this.#dueIn(schema, leastInterval);
  }

  /** Ends. What receivers do not answer at once is handed on, as if it had not begun. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
    const calls = Promise.all(this.#calls.keys());
    await Promise.race([calls, sleep(farewell, undefined, { ref: false })]);
    this.#ended.abort();
    await calls;
  }

  /** Looks at a tenant within so many milliseconds. */
  #dueIn(schema: string, delay: number): void {
    const at = Date.now() + delay;
    this.#due.set(schema, Math.min(at, this.#due.get(schema) ?? Infinity));
    this.#lookIn(delay);
  }

  /** Looks within so many milliseconds. */
  #lookIn(delay: number): void {
    const at = Date.now() + delay;
    if (this.#closed || at >= this.#nextLook) {
      return;
    }
    clearTimeout(this.#timer);
    this.#nextLook = at;
    this.#timer = setTimeout(() => {
      this.#nextLook = Infinity;
      this.#looking = this.#looking.then(() => this.#look());
    }, delay);
  }

  /** Begins what is due, without waiting for its end: what comes due meanwhile is begun by the next look. */
  async #look(): Promise<void> {
    try {
      for (const schema of await this.#nextSchemas()) {
        await this.#lookAt(schema).catch((error: unknown) => {
          this.logger.warn({ err: error, schema }, 'could not look for deliveries of webhooks');
        });
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'could not ask whose deliveries of webhooks to look for');
    }
    this.#lookIn(Math.min(pollInterval, ...[...this.#due.values()].map(at => Math.max(at - Date.now(), 0))));
  }

  /** The tenants to look at: those of whom something is known to be due, and the next few of all. */
  async #nextSchemas(): Promise<Set<string>> {
    const now = Date.now();
    const due = [...this.#due].filter(([, at]) => at <= now).map(([schema]) => schema);
    due.forEach(schema => this.#due.delete(schema));
    // A tenant that was suspended since sends nothing, and one that was removed has nothing.
    const served = await Promise.all(due.map(schema => this.tenants.isServed(schema)));
    const dueAndServed = due.filter((_schema, index) => served[index]);
    if (now < this.#nextTurn) {
      return new Set(dueAndServed);
    }
    this.#nextTurn = now + pollInterval;
    const all = await this.tenants.schemas();
    const turn = all.slice(this.#nextTenant, this.#nextTenant + tenantsATurn);
    this.#nextTenant = this.#nextTenant + tenantsATurn < all.length ? this.#nextTenant + tenantsATurn : 0;
    return new Set([...dueAndServed, ...turn]);
  }

  async #lookAt(schema: string): Promise<void> {
    const reader = this.readerOf(schema);
    for (const delivery of await this.#claim(reader)) {
      const call = this.#deliver(schema, delivery).finally(() => {
        this.#calls.delete(call);
        // Behind what has ended, more may have come due.
        this.wake(schema);
      });
      this.#calls.set(call, delivery.webhook);
    }
  }

  /** Takes deliveries that are due: of each webhook and object the one of the lowest version that is not delivered. */
  async #claim(reader: Reader): Promise<Due[]> {
    const [deliveries, webhooks, history] = [
      reader.table(WebhookDelivery),
      reader.table(Webhook),
      reader.table(HistoryEntry),
    ];
    const d = (name: keyof WebhookDelivery) => deliveries.column(name);
    const calls = new Map<string, number>();
    for (const webhook of this.#calls.values()) {
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
      [[...calls.keys()], [...calls.values()], mostCalls - this.#calls.size],
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

  async #deliver(schema: string, delivery: Due): Promise<void> {
    const outcome = await this.#send(delivery);
    try {
      await this.#note(this.readerOf(schema), delivery, outcome);
    } catch (error) {
      // Once its time is over it is sent again: at least once, and here twice.
      this.logger.warn({ err: error }, 'could not note what became of a delivery to a webhook');
    }
    this.#dueIn(schema, outcome.delay);
  }

  async #send({ attempts, url, secret, event }: Due): Promise<Outcome> {
    const { signal } = this.#ended;
    try {
      await send({ url, secret, id: event.id, body: payloadOf(event) }, this.settings.privateTargets, signal);
      return { state: DeliveryState.DELIVERED, attempts, error: null, delay: 0 };
    } catch (error) {
      if (signal.aborted) {
        return { state: DeliveryState.PENDING, attempts: attempts - 1, error: null, delay: 0 };
      }
      // A dead delivery no longer holds up the later ones of its object; the version tells a receiver what it missed.
      const state = attempts >= this.settings.attempts ? DeliveryState.DEAD : DeliveryState.PENDING;
      return { state, attempts, error: reasonOf(error), delay: this.#delayAfter(attempts) };
    }
  }

  /** Twice as long after each failure, and up to a fifth more, so that what failed together does not come back together. */
  #delayAfter(attempts: number): number {
    const delay = Math.min(this.settings.retryDelay * 2 ** (attempts - 1), 3_600_000);
    return delay * (1 + Math.random() / 5);
  }

  /** Notes it by the database's clock, unless somebody else has taken the delivery since. */
  async #note(reader: Reader, { id, attempts }: Due, outcome: Outcome): Promise<void> {
    const deliveries = reader.table(WebhookDelivery);
    const d = (name: keyof WebhookDelivery) => deliveries.column(name);
    await reader.run(
      `update ${deliveries.name} set ${d('state')} = $3::text, ${d('attempts')} = $4::int, ${d('lastError')} = $5::text,
         ${d('nextAttemptAt')} = now() + $6::float8 * interval '1 millisecond',
         ${d('deliveredAt')} = case $3::text when '${DeliveryState.DELIVERED}' then now() end
       where ${d('id')} = $1::uuid and ${d('attempts')} = $2::int and ${d('state')} = '${DeliveryState.PENDING}'`,
      [id, attempts, outcome.state, outcome.attempts, outcome.error, outcome.delay],
    );
  }
}
