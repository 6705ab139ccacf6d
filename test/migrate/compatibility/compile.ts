import { fingerprintSync } from 'libpg-query';
import { loadParser } from '../../../src/migrate/lint/parser.js';
import type { RecordedChange, StatementRecord } from '../../../src/migrate/compatibility/statement-record.js';
import type { SentStatement } from './recorder.js';

/** A statement as PostgreSQL's grammar reads it, as far as a record needs it. */
interface Read {
  writes: boolean;
  schemas: Set<string>;
  tables: Set<string>;
}

/** Schemas of the recorded shop and of the platform; statements without one mean the shop's. */
const ownSchemas = new Set(['', 'public', 'platform']);

/** Tables that are not a release's, but of the database or of whatever migrates it. */
const foreignTable = /^(pg_|mikro_orm_migrations$|schemata$|tables$)/;

/**
 * Makes a record of what was sent: without what differs from run to run, such as ids, times and secrets, and each statement
 * once.
 * @param besides the operations that work beside requests, whose writes come at any time
 */
export async function compileStatements(
  sent: readonly SentStatement[],
  besides: ReadonlySet<string>,
): Promise<Pick<StatementRecord, 'statements' | 'changes'>> {
  const parser = await loadParser();
  const read = (sql: string) => parser.parse(sql).map(({ node }) => readNode(node));
  const texts = new Map<string, { sql: string; operations: Set<string> }>();
  const changes: (RecordedChange & { since: Date })[] = [];
  const values = new SteadyValues();
  for (const { operation, sql, values: given, since } of ofOwnSchemas(sent)) {
    const [statement, ...more] = read(sql);
    if (!statement || more.length > 0 || !isOfRelease(statement)) {
      continue;
    }
    if (statement.writes && !besides.has(operation)) {
      const last = changes.at(-1);
      const change = last?.since === since ? last : { operation, since, writes: [] };
      if (change !== last) {
        changes.push(change);
      }
      const own = given.map(value => value && values.steady(value, since));
      const text = values.steady(own.length > 0 ? withoutIndent(sql) : sql, since);
      change.writes.push({ sql: text, ...(own.length > 0 && { values: own }) });
    } else {
      const text = withoutIndent(sql).replaceAll(uuid, noId).replaceAll(token, noToken).replaceAll(instant, '{now}');
      const key = fingerprintSync(text);
      const known = texts.get(key);
      // Of those that differ in constants alone, the first by the alphabet.
      texts.set(key, {
        sql: known && known.sql < text ? known.sql : text,
        operations: (known?.operations ?? new Set()).add(operation),
      });
    }
  }
  const statements = [...texts.values()].map(({ sql, operations }) => ({ sql, operations: [...operations].sort() }));
  statements.sort((a, b) => (a.sql < b.sql ? -1 : 1));
  return { statements, changes: changes.map(({ operation, writes }) => ({ operation, writes })) };
}

/** Without indentation, of statements whose values do not stand in them. */
function withoutIndent(sql: string): string {
  return sql.trim().replaceAll(/\s*\n\s*/g, '\n');
}

/** Leaves out what the migrations send that make another shop's tables. */
function* ofOwnSchemas(sent: readonly SentStatement[]): Generator<SentStatement> {
  const elsewhere = new Set<object>();
  for (const statement of sent) {
    const { sql, connection } = statement;
    if (sql.startsWith('set search_path')) {
      elsewhere.add(connection);
    } else if (sql.startsWith('reset search_path')) {
      elsewhere.delete(connection);
    } else if (!elsewhere.has(connection)) {
      yield statement;
    }
  }
}

function isOfRelease({ schemas, tables }: Read): boolean {
  return (
    tables.size > 0 &&
    [...schemas].every(name => ownSchemas.has(name)) &&
    ![...tables].some(name => foreignTable.test(name))
  );
}

function readNode(node: object): Read {
  const found: Read = { writes: false, schemas: new Set(), tables: new Set() };
  if (['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'].some(kind => kind in node)) {
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) {
        return;
      }
      for (const [key, child] of Object.entries(value)) {
        found.writes ||= /^(Insert|Update|Delete|Merge)Stmt$/.test(key);
        // Of what is inserted into, changed or read from; names of WITH are among them, which does no harm.
        if (key === 'RangeVar' || key === 'relation') {
          const { schemaname = '', relname } = child as { schemaname?: string; relname: string };
          found.schemas.add(schemaname);
          found.tables.add(relname);
        }
        visit(child);
      }
    };
    visit(node);
  }
  return found;
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const instant = /20[2-9]\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)/g;
const noId = '00000000-0000-0000-0000-000000000000';
const passwordHash = /\$argon2id\$[^'"\s]+/g;
const webhookSecret = /whsec_[\w+/=]+/g;
const sha256 = /\b[0-9a-f]{64}\b/g;
/** Of a caller, which the machine's name for itself decides. */
const loopback = /(?<=')(::1|::ffff:127\.0\.0\.1)(?=')/g;
const token = /(?<![\w-])[\w-]{43}(?![\w-])/g;
const noToken = '0'.repeat(43);

/** Puts values that are the same in each run in the place of those that are not: the same for the same. */
class SteadyValues {
  readonly #known = new Map<string, string>();

  steady(text: string, since: Date): string {
    return text
      .replace(uuid, id => this.#numbered(id, number => noId.slice(0, -number.length) + number))
      .replace(sha256, hash => this.#numbered(hash, number => number.padStart(64, '0')))
      .replace(passwordHash, '$argon2id$')
      .replace(webhookSecret, 'whsec_')
      .replace(loopback, '127.0.0.1')
      .replace(token, secret => this.#numbered(secret, number => number.padStart(noToken.length, '0')))
      .replace(instant, time => relative(new Date(time), since));
  }

  #numbered(value: string, make: (number: string) => string): string {
    const known = this.#known.get(value) ?? make(String(this.#known.size + 1));
    this.#known.set(value, known);
    return known;
  }
}

/** A time as that of its operation, and how much later it is in whole minutes: what is set takes less. */
function relative(time: Date, since: Date): string {
  const minutes = Math.round((time.getTime() - since.getTime()) / 60_000);
  return minutes === 0 ? '{now}' : `{now${minutes > 0 ? '+' : ''}${minutes * 60}s}`;
}
