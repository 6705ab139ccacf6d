import type { A_Const, FuncCall, VariableSetStmt } from 'libpg-query';
import { findAll, nameParts } from '../ast.js';
import type { Rule } from '../rule.js';

export const searchPath: Rule = {
  id: 'search-path',
  severity: 'error',
  title: "A tenant's migration sets the search_path",
  danger:
    'The runner sets it to the schema of each tenant in turn; what comes after would work on another schema, or on none. A function that has one of its own works in that schema whichever tenant calls it.',
  safeWay: `-- a trigger function finds its tenant by itself
create function "count_orders"() returns trigger language plpgsql as $$ begin
  perform set_config('search_path', format('%I, pg_temp', tg_table_schema), true);
  return null;
end $$;`,
  *check({ node }, { schema }) {
    if (schema !== 'tenant') {
      return;
    }
    const settings = [
      ...findAll<VariableSetStmt>(node, 'VariableSetStmt').map(({ name, kind }) =>
        kind === 'VAR_RESET_ALL' ? 'search_path' : name,
      ),
      ...findAll<FuncCall>(node, 'FuncCall')
        .filter(({ funcname }) => nameParts(funcname).at(-1) === 'set_config')
        .map(({ args }) => findAll<A_Const>(args?.[0], 'A_Const')[0]?.sval?.sval),
    ];
    if (settings.includes('search_path')) {
      yield 'The search_path is the tenant’s schema, and stays so.';
    }
  },
};
