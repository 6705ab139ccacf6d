import type { FuncCall, Node } from 'libpg-query';
import { findAll, nameParts } from './ast.js';

/**
 * PostgreSQL's own functions that give another value for each row. Those that look after the server, whose names begin
 * with `pg_`, count as such too.
 */
export const volatileFunctions: ReadonlySet<string> = new Set([
  'array_sample',
  'array_shuffle',
  'clock_timestamp',
  'current_query',
  'currval',
  'gen_random_uuid',
  'lastval',
  'nextval',
  'random',
  'random_normal',
  'set_config',
  'setval',
  'timeofday',
  'txid_status',
  'uuidv4',
  'uuidv7',
]);

/**
 * The first function in an expression that may give another value for each row.
 * @param known functions that migrations made, by name, and whether these are volatile
 */
export function volatileFunctionIn(
  expression: Node | undefined,
  known: ReadonlyMap<string, boolean>,
): string | undefined {
  return findAll<FuncCall>(expression, 'FuncCall')
    .map(({ funcname }) => nameParts(funcname).join('.').replace('pg_catalog.', ''))
    .find(name => known.get(name) ?? (volatileFunctions.has(name) || name.startsWith('pg_') || name.includes('.')));
}
