import type { Constraint, FuncCall } from 'libpg-query';
import { commandsOf, findAll, joinedName } from '../ast.js';
import type { LintedStatement, Rule } from '../rule.js';

export const newerPostgresql: Rule = {
  id: 'newer-postgresql',
  severity: 'error',
  title: 'A statement that PostgreSQL 15 does not know',
  danger:
    'Installations with PostgreSQL 15 to 17 cannot run the migration; the embedded server is of version 18 and does.',
  safeWay: `-- a check instead of NOT NULL by name, a plain or stored column instead of a virtual one, gen_random_uuid() instead of uuidv4()
alter table "orders" add constraint "orders_note_not_null" check ("note" is not null) not valid;`,
  *check(statement) {
    for (const { what, since } of newerThings(statement)) {
      yield `${what} came with PostgreSQL ${since}, and the oldest that is supported is 15.`;
    }
  },
};

/** Functions that migrations may want, and the version that they came with. */
const newerFunctions: Record<string, number> = {
  array_sample: 16,
  array_shuffle: 16,
  random_normal: 16,
  to_bin: 17,
  to_oct: 17,
  casefold: 18,
  array_sort: 18,
  uuidv4: 18,
  uuidv7: 18,
};

function newerThings({ node }: LintedStatement): { what: string; since: number }[] {
  const constraints = findAll<Constraint>(node, 'Constraint');
  const commands = 'AlterTableStmt' in node ? commandsOf(node.AlterTableStmt) : [];
  const isNamedNotNull = (constraint: unknown) => (constraint as Constraint).contype === 'CONSTR_NOTNULL';
  const addsNotNull = commands.some(
    ({ subtype, def }) =>
      subtype === 'AT_AddConstraint' && def && 'Constraint' in def && isNamedNotNull(def.Constraint),
  );
  const things: [boolean, string, number][] = [
    [constraints.some(({ generated_kind: kind }) => kind === 'v'), 'A virtual generated column', 18],
    [addsNotNull, 'ADD CONSTRAINT … NOT NULL', 18],
    [constraints.some(({ without_overlaps: is, pk_with_period: of }) => is || of), 'WITHOUT OVERLAPS', 18],
    [commands.some(({ subtype }) => subtype === 'AT_SetExpression'), 'SET EXPRESSION', 17],
    ['MergeStmt' in node && node.MergeStmt.returningClause !== undefined, 'MERGE … RETURNING', 17],
  ];
  const functions = findAll<FuncCall>(node, 'FuncCall').map(({ funcname }) => joinedName(funcname));
  return [
    ...things.filter(([is]) => is).map(([, what, since]) => ({ what, since })),
    ...functions.flatMap(name => (newerFunctions[name] ? [{ what: `${name}()`, since: newerFunctions[name] }] : [])),
  ];
}
