import type { FuncCall, IndexElem, Node, TypeName } from 'libpg-query';
import { findAll, nameParts, tableName, tablesIn } from '../ast.js';
import type { Rule } from '../rule.js';

export const schemaQualifiedName: Rule = {
  id: 'schema-qualified-name',
  severity: 'error',
  title: "A tenant's migration names a schema",
  danger: 'The migration runs in the schema of each tenant in turn, and would work on the same table again and again.',
  safeWay: `-- the search_path is the tenant's schema alone
alter table "orders" add "channel" text;
-- functions, types and operator classes of the schemas platform and extensions are named with these
create index concurrently "customers_last_name_trigrams" on "customers" using gin ("last_name" "extensions"."gin_trgm_ops");`,
  *check({ node }, { schema }) {
    if (schema !== 'tenant') {
      return;
    }
    const tables = tablesIn(node)
      .filter(({ schemaname }) => schemaname !== undefined && !ofPostgres.includes(schemaname))
      .map(tableName);
    const named = [
      ...findAll<TypeName>(node, 'typeName').map(({ names }) => names),
      ...findAll<TypeName>(node, 'TypeName').map(({ names }) => names),
      ...findAll<FuncCall>(node, 'FuncCall').map(({ funcname }) => funcname),
      ...findAll<IndexElem>(node, 'IndexElem').map(({ opclass }) => opclass),
      definedName(node),
    ].map(nameParts);
    const others = named
      .filter(([first, ...rest]) => rest.length > 0 && !shared.includes(first!))
      .map(parts => parts.join('.'));
    for (const name of new Set([...tables, ...others])) {
      yield `"${name}" is the same for all tenants; leave its schema out.`;
    }
  },
};

const ofPostgres = ['pg_catalog', 'information_schema'];

/** The schemas whose functions and types all tenants use. */
const shared = [...ofPostgres, 'platform', 'extensions'];

/** The name of what a statement makes, drops or calls that is no table. */
function definedName(node: Node): Node[] | undefined {
  if ('CreateFunctionStmt' in node) {
    return node.CreateFunctionStmt.funcname;
  }
  if ('CreateEnumStmt' in node) {
    return node.CreateEnumStmt.typeName;
  }
  if ('CreateDomainStmt' in node) {
    return node.CreateDomainStmt.domainname;
  }
  if ('AlterEnumStmt' in node) {
    return node.AlterEnumStmt.typeName;
  }
  if ('CreateTrigStmt' in node) {
    return node.CreateTrigStmt.funcname;
  }
  if ('DropStmt' in node) {
    const [object] = node.DropStmt.objects ?? [];
    const parts = object && 'ObjectWithArgs' in object ? object.ObjectWithArgs.objname : listOf(object);
    // Triggers, rules and policies are named behind their table.
    const isOfTable = ['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY'].includes(node.DropStmt.removeType!);
    return isOfTable ? parts?.slice(0, -1) : parts;
  }
  return undefined;
}

function listOf(object: Node | undefined): Node[] | undefined {
  return object && 'List' in object ? object.List.items : undefined;
}
