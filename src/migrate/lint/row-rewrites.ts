import type { ColumnDef, Node } from 'libpg-query';
import { columnConstraint, nameParts } from './ast.js';
import type { Catalogue } from './catalogue.js';
import { columnType, type ColumnType, isFreeWidening, isSerial } from './column-types.js';
import { volatileFunctionIn } from './volatility.js';

/** Why a new column makes PostgreSQL write all rows anew; undefined when it doesn't. */
export function reasonToRewrite(column: ColumnDef, { functions, domains }: Catalogue): string | undefined {
  if (isSerial(column.typeName) || columnConstraint(column, 'CONSTR_IDENTITY')) {
    return 'its numbers are drawn row by row';
  }
  const generated = columnConstraint(column, 'CONSTR_GENERATED');
  if (generated) {
    return generated.generated_kind === 's' ? 'its values are stored' : undefined;
  }
  const name = volatileFunctionIn(columnConstraint(column, 'CONSTR_DEFAULT')?.raw_expr, functions);
  if (name) {
    return `${name}() gives each row another value`;
  }
  const type = columnType(column.typeName!);
  return !type.isArray && domains.get(type.name)?.isConstrained
    ? `the domain ${type.name} checks each value`
    : undefined;
}

/** Whether a change of a column's type leaves the rows as they are; `unknown` where no migration made the column. */
export function changeOfType(
  table: string,
  column: string,
  { typeName, raw_default: using }: ColumnDef,
  { tables, domains }: Catalogue,
): 'free' | 'rewrite' | 'unknown' {
  const from = tables.get(table)?.columns.get(column)?.type;
  if (!from) {
    return 'unknown';
  }
  const steps = using ? castsOf(using, column) : [];
  if (!steps) {
    return 'rewrite';
  }
  let type = from;
  for (const next of [...steps, columnType(typeName!)]) {
    if (!isFreeWidening(type, next, domains)) {
      return 'rewrite';
    }
    type = next;
  }
  return 'free';
}

/** The types that `using` leads the column through, as in `using a::text::varchar`; undefined where it does anything else. */
function castsOf(expression: Node, column: string): ColumnType[] | undefined {
  if ('TypeCast' in expression) {
    const before = castsOf(expression.TypeCast.arg!, column);
    return before && [...before, columnType(expression.TypeCast.typeName!)];
  }
  const isColumn = 'ColumnRef' in expression && nameParts(expression.ColumnRef.fields).at(-1) === column;
  return isColumn ? [] : undefined;
}

/** The checks that are made on all rows again when a column's type changes, however it changes. */
export function checksOf(table: string, column: string, { tables }: Catalogue): string[] {
  return [...(tables.get(table)?.constraints ?? [])]
    .filter(([, { kind, columns }]) => kind === 'check' && columns.includes(column))
    .map(([name]) => name);
}
