import type { Rule } from '../rule.js';

export const createExtension: Rule = {
  id: 'create-extension',
  severity: 'error',
  title: "A tenant's migration does what is there once for all, such as an extension or a role",
  danger:
    'It would run again for each tenant. An extension stands in one schema of the database, and goes with the tenant whose schema that is.',
  safeWay: `-- in a migration of the platform
create extension if not exists "pg_trgm" schema "extensions";`,
  *check({ node }, { schema }) {
    const kind = kinds.find(([key]) => key in node);
    if (schema === 'tenant' && kind) {
      yield `${kind[1]} is there once for all tenants: make it in a migration of the platform.`;
    }
    if (
      schema === 'tenant' &&
      'DropStmt' in node &&
      ['OBJECT_EXTENSION', 'OBJECT_SCHEMA'].includes(node.DropStmt.removeType!)
    ) {
      yield 'This is there once for all tenants: drop it in a migration of the platform.';
    }
  },
};

const kinds: [string, string][] = [
  ['CreateExtensionStmt', 'An extension'],
  ['AlterExtensionStmt', 'An extension'],
  ['CreateSchemaStmt', 'A schema'],
  ['CreateRoleStmt', 'A role'],
  ['AlterRoleStmt', 'A role'],
  ['AlterRoleSetStmt', 'A role'],
  ['DropRoleStmt', 'A role'],
  ['AlterDatabaseStmt', 'The database'],
  ['AlterDatabaseSetStmt', 'The database'],
  ['AlterSystemStmt', 'The server'],
  ['CreateEventTrigStmt', 'An event trigger'],
  ['CreatePublicationStmt', 'A publication'],
];
