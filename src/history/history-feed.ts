import { Repeater } from '@repeaterjs/repeater';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Notifications } from '../database/notifications.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { subscriberTooSlow } from '../errors.js';
import { HistoryAction, HistoryEntry } from './history-entry.entity.js';

/** The channel on which a trigger of the table `history` tells of new entries. */
export const historyChannel = 'pier2_history';

/** How far back entries are read again after a gap: longer than a transaction takes from its entry to its commit. */
const overlap = '1 minute';

/**
 * Entries that are read after a gap at the most: more than a subscriber may have waiting, so where there are more, all
 * subscribers end with an error that tells them to read anew.
 */
const mostMissed = 2_000;

/** Entries that are remembered, so that none is told twice. */
const remembered = 10_000;

type Entry = Row<HistoryEntry>;
type Tell = (entry: Entry) => void;

/**
 * Tells of new entries of the history, of each tenant to those who subscribe to it, after the transaction that wrote them
 * was committed. When the connection that notifications come by has broken, it reads what was written meanwhile, so nobody
 * misses anything.
 */
export class HistoryFeed {
  readonly #subscribers = new Map<string, Set<Tell>>();
  readonly #stops = new Set<() => void>();
  readonly #told = new LRUCache<string, true>({ max: remembered });
  readonly #notified: { schema: string; id: string }[] = [];
  #turn: Promise<void> = Promise.resolve();
  /** Since when entries may be missing, because they could not be read when they were told of. */
  #missingSince: Date | undefined;

  constructor(
    private readonly notifications: Notifications,
    private readonly readerOf: (schema: string) => Reader,
    private readonly logger: Logger,
  ) {
    notifications.on(historyChannel, payload => this.#onNotification(payload));
    notifications.onConnected(() => this.#catchUp());
  }

  /** Ends all subscriptions. */
  async close(): Promise<void> {
    this.#stops.forEach(stop => stop());
    await this.#turn;
  }

  /**
   * The entries of a tenant from now on. Who takes them so slowly that a thousand wait is sent away with an error, since
   * memory is bounded.
   */
  subscribe(schema: string): AsyncIterableIterator<Entry> {
    return new Repeater<Entry>(async (push, stop) => {
      const subscribers = this.#subscribers.get(schema) ?? new Set();
      this.#subscribers.set(schema, subscribers);
      const tell = (entry: Entry) => {
        try {
          void push(entry).catch(() => {});
        } catch {
          stop(subscriberTooSlow());
        }
      };
      subscribers.add(tell);
      this.#stops.add(stop);
      // A promise that settles when the subscriber leaves or is sent away.
      await stop;
      subscribers.delete(tell);
      this.#stops.delete(stop);
    });
  }

  #onNotification(payload: string): void {
    const { schema, id } = JSON.parse(payload) as { schema: string; id: string };
    if (this.#subscribers.get(schema)?.size) {
      this.#notified.push({ schema, id });
      this.#inTurn(() => this.#tellNotified());
    } else {
      // Nobody is to hear of it later, after a gap, either.
      this.#told.set(id, true);
    }
  }

  /** One after the other, so that entries are told in the order in which they were committed. */
  #inTurn(work: () => Promise<void>): void {
    const since = this.notifications.aliveAt;
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'could not read the history; listening anew, and reading what is missing');
      this.#missingSince ??= since;
      this.notifications.reconnect();
    });
  }

  /** Tells of all that was notified meanwhile, by one statement for each tenant. */
  async #tellNotified(): Promise<void> {
    const notified = this.#notified.splice(0);
    for (const schema of new Set(notified.map(entry => entry.schema))) {
      const ids = notified.filter(entry => entry.schema === schema).map(({ id }) => id);
      const entries = await this.#read(schema, 'id', '= any($1::uuid[])', [ids]);
      this.#tell(
        schema,
        entries.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)),
      );
    }
  }

  /** Tells what was written while nobody listened. */
  #catchUp(): void {
    const since = this.#missingSince ?? this.notifications.aliveAt;
    if (since) {
      this.#inTurn(async () => {
        for (const schema of this.#subscribers.keys()) {
          const condition = `> greatest($1::timestamptz - interval '${overlap}', $2::timestamptz)`;
          this.#tell(schema, await this.#read(schema, 'at', condition, [since, this.notifications.beganAt]));
        }
        this.#missingSince = undefined;
      });
    }
  }

  #read(schema: string, property: 'id' | 'at', condition: string, values: unknown[]): Promise<Entry[]> {
    const reader = this.readerOf(schema);
    const history = reader.table(HistoryEntry);
    return reader.run<Entry>(
      `select ${history.columns('h')} from ${history.name} h
       where h.${history.column(property)} ${condition} and h.${history.column('action')} <> '${HistoryAction.IMPORTED}'
       order by h.${history.column('at')}, h.${history.column('version')} limit ${mostMissed}`,
      values,
    );
  }

  #tell(schema: string, entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (!this.#told.has(entry.id)) {
        this.#told.set(entry.id, true);
        this.#subscribers.get(schema)?.forEach(tell => tell(entry));
      }
    }
  }
}
