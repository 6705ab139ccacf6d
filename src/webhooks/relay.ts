import type { Logger } from 'pino';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { HistoryEntry } from '../history/history-entry.entity.js';
import { reasonOf, send } from './send.js';
import { payloadOf } from './webhook-payload.js';
import { DeliveryState, Webhook, WebhookDelivery, WebhookState } from './webhook.entity.js';

/** Deliveries that one process has under way at the most. */
const batchSize = 20;

/** How long a delivery that was begun is left to who began it, in seconds: longer than a receiver may take. */
const lease = 30;

/** How often deliveries are looked for without news, in milliseconds; those that failed come due without any. */
const pollInterval = 2_000;

/** How long at least lies between two looks, in milliseconds, so that a flood of news costs little. */
const leastInterval = 20;

/** How often and when a delivery is tried. */
export interface RelaySettings {
  /** After so many failures a delivery is dead. */
  attempts: number;
  /** Milliseconds before the second attempt; each further one waits twice as long, up to an hour. */
  retryDelay: number;
  /** Whether receivers may be on a private network, or on this machine. */
  privateTargets: boolean;
}

interface Due extends Pick<Row<WebhookDelivery>, 'id' | 'attempts'>, Pick<Row<Webhook>, 'url' | 'secret'> {
  event: Row<HistoryEntry>;
}

/**
 * Delivers events to webhooks, at least once each, and those of one object in the order of its versions. Several
 * processes may do so at once: who takes a delivery has it for a time, within one short statement, and nobody holds a
 * transaction open while a receiver is called. When a process dies, others take over what it had once that time is over.
 */
export class WebhookRelay {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #closed = false;
  /** Whether something came while deliveries were looked for, and may have been missed. */
  #news = false;

  constructor(
    private readonly readers: readonly Reader[],
    private readonly settings: RelaySettings,
    private readonly logger: Logger,
  ) {}

  /** Begins to deliver. */
  start(): void {
    this.#schedule(0);
  }

  /** Looks for deliveries soon. */
  wake(): void {
    this.#news = true;
    if (!this.#looking) {
      this.#schedule(leastInterval);
    }
  }

  /** Ends once what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #schedule(delay: number): void {
    if (!this.#closed) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#news = false;
        this.#looking = this.#look().then(next => {
          this.#looking = undefined;
          this.#schedule(this.#news ? leastInterval : next);
        });
      }, delay);
    }
  }

  /** Delivers what is due, and gives the milliseconds until the next look. */
  async #look(): Promise<number> {
    try {
      const waits = await Promise.all(
        this.readers.map(async reader => {
          const due = await this.#claim(reader);
          const retries = await Promise.all(due.map(delivery => this.#deliver(reader, delivery)));
          // Behind what was delivered, more may have come due.
          return due.length > 0 && !retries.every(Boolean) ? [leastInterval] : retries;
        }),
      );
      return Math.max(leastInterval, Math.min(pollInterval, ...waits.flat().filter(wait => wait !== undefined)));
    } catch (error) {
      this.logger.warn({ err: error }, 'could not look for deliveries of webhooks');
      return pollInterval;
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
    const rows = await reader.run<Due & Row<HistoryEntry> & { delivery: string }>(
      `with due as (
         select c.${d('id')} as id from ${deliveries.name} c
         join ${webhooks.name} w on w.${webhooks.column('id')} = c.${d('webhook')} and w.${webhooks.column('state')} = '${WebhookState.ACTIVE}'
         where c.${d('state')} = '${DeliveryState.PENDING}' and c.${d('nextAttemptAt')} <= now() and not exists (
           select from ${deliveries.name} e where e.${d('webhook')} = c.${d('webhook')} and e.${d('subject')} = c.${d('subject')}
             and e.${d('state')} = '${DeliveryState.PENDING}' and e.${d('version')} < c.${d('version')})
         order by c.${d('nextAttemptAt')} limit ${batchSize} for update of c skip locked)
       update ${deliveries.name} t set ${d('attempts')} = t.${d('attempts')} + 1, ${d('nextAttemptAt')} = now() + interval '${lease} seconds'
       from due, ${webhooks.name} w, ${history.name} h
       where t.${d('id')} = due.id and w.${webhooks.column('id')} = t.${d('webhook')} and h.${history.column('id')} = t.${d('event')}
       returning t.${d('id')} as delivery, t.${d('attempts')} as attempts, w.${webhooks.column('url')} as url,
         w.${webhooks.column('secret')} as secret, ${history.columns('h')}`,
      [],
    );
    return rows.map(({ delivery, attempts, url, secret, ...event }) => ({
      id: delivery,
      attempts,
      url,
      secret,
      event,
    }));
  }

  /** Delivers, and gives the milliseconds until the next attempt when it failed and there is one. */
  async #deliver(reader: Reader, { id, attempts, url, secret, event }: Due): Promise<number | undefined> {
    try {
      await send({ url, secret, id: event.id, body: payloadOf(event) }, this.settings.privateTargets);
      await this.#note(reader, id, { state: DeliveryState.DELIVERED, deliveredAt: new Date(), lastError: null });
      return undefined;
    } catch (error) {
      // A dead delivery no longer holds up the later ones of its object; the version tells a receiver what it missed.
      const state = attempts >= this.settings.attempts ? DeliveryState.DEAD : DeliveryState.PENDING;
      const delay = this.#delayAfter(attempts);
      const nextAttemptAt = new Date(Date.now() + delay);
      await this.#note(reader, id, { state, nextAttemptAt, lastError: reasonOf(error) });
      return state === DeliveryState.DEAD ? undefined : delay;
    }
  }

  /** Twice as long after each failure, and up to a fifth more, so that what failed together does not come back together. */
  #delayAfter(attempts: number): number {
    const delay = Math.min(this.settings.retryDelay * 2 ** (attempts - 1), 3_600_000);
    return delay * (1 + Math.random() / 5);
  }

  async #note(reader: Reader, id: string, values: Partial<Row<WebhookDelivery>>): Promise<void> {
    const deliveries = reader.table(WebhookDelivery);
    const names = Object.keys(values);
    const changes = names.map((name, index) => `${deliveries.column(name)} = $${index + 2}::${deliveries.type(name)}`);
    await reader.run(
      `update ${deliveries.name} set ${changes.join(', ')}
       where ${deliveries.column('id')} = $1::uuid and ${deliveries.column('state')} = '${DeliveryState.PENDING}'`,
      [id, ...Object.values(values)],
    );
  }
}
