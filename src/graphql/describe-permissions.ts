import { type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import {
  Permission,
  permissionMeanings,
  permissionsOfAnonymous,
  permissionsOfRole,
  permissionsOfVisitor,
} from '../permissions.js';
import { permissionOf } from './permission-check.js';
import { INHERITED } from './requires.js';

/** The permissions of each role, and the fields that need each of them, as a page of the documentation. */
export function describePermissions(schema: GraphQLSchema): string {
  const roles = Object.keys(permissionsOfRole) as (keyof typeof permissionsOfRole)[];
  const columns = [
    ...roles.map(role => [role, permissionsOfRole[role]] as const),
    ['not signed in', permissionsOfAnonymous] as const,
    ['not signed in, `PUBLIC_CATALOGUE`', permissionsOfVisitor] as const,
  ];
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const fields = fieldsByPermission(schema);
  return [
    '# Who may do what',
    '',
    '<!-- prettier-ignore-start -->',
    '<!-- Made from the code by `npm run schema:write`. -->',
    '',
    'Each field of the API says which permission it needs, and each role has some of them. A query or mutation that asks for',
    'anything else is refused as a whole before any of it is done, with the fields that are refused: `UNAUTHENTICATED` for',
    'who has not signed in, `FORBIDDEN` for who has.',
    '',
    row(['Permission', 'What it allows', ...columns.map(([name]) => name)]),
    row(['---', '---', ...columns.map(() => ':-:')]),
    ...Object.values(Permission).map(permission =>
      row([
        `\`${permission}\``,
        permissionMeanings[permission],
        ...columns.map(([, has]) => (has.has(permission) ? 'yes' : '')),
      ]),
    ),
    '',
    'A manager may do what an owner may, except to owners and managers. Operators belong to the platform, and see nothing',
    'inside a shop.',
    '',
    '## The fields that need them',
    '',
    ...Object.values(Permission).map(
      permission => `- \`${permission}\`: ${(fields.get(permission) ?? ['none']).join(', ')}`,
    ),
    '',
    `What holds nothing of its own needs what led to it: ${(fields.get(INHERITED) ?? []).join(', ')}.`,
    '',
    '<!-- prettier-ignore-end -->',
    '',
  ].join('\n');
}

/** The fields by what they need: of types all of whose fields need the same, the type alone. */
function fieldsByPermission(schema: GraphQLSchema): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (permission: string, name: string) =>
    found.set(permission, [...(found.get(permission) ?? []), `\`${name}\``]);
  const roots: unknown[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const types = Object.values(schema.getTypeMap()).filter(type => !type.name.startsWith('__'));
  for (const type of types) {
    if (!isObjectType(type) && !isInterfaceType(type)) {
      continue;
    }
    const names = Object.keys(type.getFields());
    const needs = names.map(name => permissionOf(type, name) ?? 'NOBODY');
    if (new Set(needs).size === 1 && !roots.includes(type)) {
      add(needs[0]!, type.name);
    } else {
      names.forEach((name, index) => add(needs[index]!, `${type.name}.${name}`));
    }
  }
  return found;
}
