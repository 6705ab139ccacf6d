import { platformSchema } from '../../database/schemas.js';
import type { Asks } from '../fingerprint.js';
import { type LockMode, lockOfName, strongerOf } from '../lint/lock-modes.js';

/** What a transaction has done to a table so far. */
export interface TableState {
  /** As statements of the migration call it; undefined once it is dropped. */
  name: string | undefined;
  /** The strongest lock that the transaction holds. */
  lock: LockMode | undefined;
  /** Another one after its rows were written anew. */
  file: number;
  /** Scans of the whole table that were begun, and the rows that they have read. */
  scans: number;
  read: number;
  inserted: number;
  updated: number;
  deleted: number;
}

/** What a transaction has done so far. */
export interface TransactionState {
  tables: ReadonlyMap<number, TableState>;
  /** Where the server's log of writes ends, which all sessions write to. */
  logEnd: bigint;
}

/** Reads what its own transaction does to the tables that were there when it began: nobody waits for those that it makes. */
export class TransactionWatch {
  private constructor(
    private readonly client: Asks,
    private readonly schema: string,
    private readonly tables: readonly number[],
  ) {}

  /** The schemas whose tables it looks at, whether they are locked or not. */
  get schemas(): string[] {
    return [this.schema, platformSchema];
  }

  /** @param schema whose tables statements call by their names alone */
  static async start(client: Asks, schema: string): Promise<TransactionWatch> {
    const { rows } = await client.query<{ oid: number }>(
      `select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'm')`,
      [[schema, platformSchema]],
    );
    return new TransactionWatch(
      client,
      schema,
      rows.map(({ oid }) => oid),
    );
  }

  async read(): Promise<TransactionState> {
    const plain = this.schema === platformSchema ? '' : this.schema;
    const { rows } = await this.client.query<StateRow>(stateQuery, [this.tables, this.schemas, plain]);
    const tables = rows.flatMap(({ oid, modes, ...row }) => {
      const locks = (modes ?? []).map(mode => lockOfName(mode)!);
      const lock = locks.length > 0 ? locks.reduce(strongerOf) : undefined;
      return oid === null ? [] : [[oid, { ...row, name: row.name ?? undefined, lock }] as const];
    });
    return { tables: new Map(tables), logEnd: BigInt(rows[0]!.logEnd) };
  }
}

type StateRow = Omit<TableState, 'name' | 'lock'> & {
  /** Null in the one row that is there where no table is. */
  oid: number | null;
  name: string | null;
  modes: string[] | null;
  logEnd: string;
};

/** A table that is dropped has no row in the catalogue any more, but its lock. */
const stateQuery = `
  with log as materialized (select (pg_current_wal_insert_lsn() - '0/0')::text as "logEnd"),
  locks as materialized (
    select relation as oid, array_agg(mode) as modes from pg_locks
    where pid = pg_backend_pid() and locktype = 'relation' and granted
      and database = (select oid from pg_database where datname = current_database())
    group by 1),
  known as (select oid from unnest($1::oid[]) oid union select oid from locks)
  select log."logEnd", t.* from log left join (
    select k.oid, case n.nspname when $3 then c.relname else n.nspname || '.' || c.relname end as name, l.modes,
      coalesce(c.relfilenode, 0) as file, pg_stat_get_xact_numscans(k.oid)::float8 as scans,
      pg_stat_get_xact_tuples_returned(k.oid)::float8 as read, pg_stat_get_xact_tuples_inserted(k.oid)::float8 as inserted,
      pg_stat_get_xact_tuples_updated(k.oid)::float8 as updated, pg_stat_get_xact_tuples_deleted(k.oid)::float8 as deleted
    from known k left join locks l on l.oid = k.oid left join pg_class c on c.oid = k.oid
      left join pg_namespace n on n.oid = c.relnamespace
    where k.oid = any($1::oid[]) or (c.relkind in ('r', 'p', 'm') and n.nspname <> all($2::text[])
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema')
  ) t on true`;
