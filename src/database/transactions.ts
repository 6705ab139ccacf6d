import { type EntityManager, FlushMode, type MikroORM } from '@mikro-orm/postgresql';
import pRetry from 'p-retry';
import { writerOf, writesChannel } from './last-writes.js';
import { withSavepoints } from './savepoints.js';
import { isOutdatedPlan, type Reader, type ReadPool } from './reader.js';
import { StatementQueue } from './statement-queue.js';

/** One transaction of one tenant, as services work in it. */
export interface Transaction {
  /** Managed entities; what changed in them is written by `flush` and before the commit, and not when something is read. */
  readonly em: EntityManager;
  /** Statements within the transaction. They see what was flushed. Those that are asked for at once are one round trip. */
  readonly reader: Reader;
  /** Who does it, for the history. */
  readonly actor: Actor;
  /** Has the next queries of a user show what is written here, as those of who does it will. */
  readonly showTo: (user: string | null) => void;
}

/** Somebody, or some program, that changes something. */
export interface Actor {
  readonly name: string;
  /** The key of the user, where somebody has signed in. */
  readonly user: string | null;
}

/** Does something within a transaction that may fail without the rest. */
export async function attempt<Result>({ reader }: Transaction, work: () => Promise<Result>): Promise<Result> {
  await reader.run('savepoint attempt', []);
  try {
    const result = await work();
    await reader.run('release savepoint attempt', []);
    return result;
  } catch (error) {
    await reader.run('rollback to savepoint attempt', []);
    throw error;
  }
}

/** Does something in one transaction: all of it or nothing. */
export type Transact = <Result>(work: (transaction: Transaction) => Promise<Result>) => Promise<Result>;

/**
 * How a transaction is tried again: nine times within about two seconds, at random moments, so that those who collided
 * do not meet again.
 */
const retries = { retries: 9, minTimeout: 5, factor: 2, maxTimeout: 500, randomize: true };

/** Makes the transactions of a process. */
export class Transactions {
  /** @param tellsWriters whether all processes are told of who writes, as replicas need it */
  constructor(
    private readonly orm: MikroORM,
    private readonly reads: ReadPool,
    private readonly tellsWriters = false,
  ) {}

  /**
   * The transactions of one tenant, in somebody's name. Work that loses to another transaction runs again from the
   * start, without its caller seeing it: after a deadlock or a serialisation failure; after a violated unique index,
   * since services look first, so only a race violates one, and the next run sees who won it; and after a migration
   * that changed a prepared statement's table.
   */
  of(schema: string, actor: Actor): Transact {
    return work =>
      pRetry(() => this.#run(schema, actor, work), { ...retries, shouldRetry: ({ error }) => isLostRace(error) });
  }

  /**
   * Not by `em.transactional`: below it, a transaction whose connection broke never gives the connection back, so that
   * after a restart of the database all of the pool would be lost.
   */
  #run<Result>(schema: string, actor: Actor, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const kysely = this.orm.em.getConnection('write').getClient();
    return kysely.transaction().execute(async context => {
      const em = this.orm.em.fork({ schema, flushMode: FlushMode.COMMIT });
      em.setTransactionContext(withSavepoints(context));
      const queue = new StatementQueue(() => em.getTransactionContext()!);
      const reader = this.reads.reader(schema).within(statement => queue.run(statement));
      const told: Promise<unknown>[] = [];
      const showTo = (user: string | null) => {
        if (this.tellsWriters) {
          told.push(tellWriter(reader, writerOf(schema, user)));
        }
      };
      try {
        // With the first statement of the work, so that it costs no round trip.
        showTo(actor.user);
        const result = await work({ em, reader, actor, showTo });
        await Promise.all(told);
        await em.flush();
        return result;
      } finally {
        // Whatever was asked for beside work that failed must not reach the connection after the transaction.
        await queue.end();
      }
    });
  }
}

/** Tells all processes of who writes, as soon as it is committed. */
function tellWriter(reader: Reader, writer: string): Promise<unknown> {
  const told = reader.run('select pg_notify($1, $2)', [writesChannel, writer]);
  // What goes wrong ends the transaction, and whatever it does next says so.
  told.catch(() => {});
  return told;
}

const serializationFailure = '40001';

/** What was looked up has changed before it could be locked; the transaction runs again. */
export class LostRace extends Error {
  readonly code = serializationFailure;
}

const deadlockDetected = '40P01';
const uniqueViolation = '23505';

function isLostRace(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return [serializationFailure, deadlockDetected, uniqueViolation].includes(code) || isOutdatedPlan(error);
}
