import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** How long a migration runs before it is asked who keeps it waiting, and how often then, in milliseconds. */
const interval = 200;

/** A session that keeps a migration waiting. */
interface Blocker {
  pid: number;
  application: string;
  role: string;
  state: string;
  seconds: number;
  query: string;
}

/**
 * Does something on connections of this application name, and looks meanwhile who keeps them waiting for a lock: when
 * PostgreSQL has given up, nobody can be asked any more.
 * @param connect gives a connection that is in no transaction, since an index that is made concurrently waits for those
 * @returns what came of it, and in words who kept it waiting last
 */
export async function watchBlockers<Result>(
  connect: () => Promise<pg.ClientBase>,
  application: string,
  work: Promise<Result>,
): Promise<{ result: PromiseSettledResult<Result>; blockedBy: string | undefined }> {
  const ended = new AbortController();
  const settled = Promise.allSettled([work]).finally(() => ended.abort());
  let blockedBy: string | undefined;
  const { signal } = ended;
  while (!signal.aborted) {
    await sleep(interval, undefined, { signal }).catch(() => {});
    if (!signal.aborted) {
      // Who is in the way is worth no failure of its own.
      blockedBy = (await findBlocker(connect, application).catch(() => undefined)) ?? blockedBy;
    }
  }
  const [result] = await settled;
  return { result, blockedBy };
}

async function findBlocker(connect: () => Promise<pg.ClientBase>, application: string): Promise<string | undefined> {
  const client = await connect();
  const { rows } = await client.query<Blocker>(
    `select b.pid, b.application_name as application, b.usename as role, b.state,
       round(extract(epoch from clock_timestamp() - coalesce(b.xact_start, b.query_start)))::int as seconds,
       left(regexp_replace(b.query, '\\s+', ' ', 'g'), 200) as query
     from pg_stat_activity w cross join unnest(pg_blocking_pids(w.pid)) blocking (pid) join pg_stat_activity b on b.pid = blocking.pid
     where w.application_name = $1 order by b.xact_start limit 1`,
    [application],
  );
  const [blocker] = rows;
  return blocker && describe(blocker);
}

function describe({ pid, application, role, state, seconds, query }: Blocker): string {
  const program = application ? ` of ${application}` : '';
  return `session ${pid}${program} (role ${role}, ${state}, for ${seconds} s) holds it, and ran: ${query}`;
}
