import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ColumnChange, rename, retype, split } from '../expand/column-change.js';
import {
  contractStatements,
  expandStatements,
  uncontractStatements,
  unexpandStatements,
} from '../expand/statements.js';
import { formatted } from '../migration-writer.js';
import type { ReplacedColumn } from './replaced-column.js';
import type { Draft } from './write-migrations.js';

/** The migration that puts new columns beside an old one. Expressions that nobody but a person knows are casts, or words of a text. */
export async function expansionCode(
  name: string,
  folder: string,
  replaced: ReplacedColumn,
): ReturnType<Draft['write']> {
  const { kind } = replaced;
  const { change, said } = changeOf(replaced);
  const code = `import { ExpandMigration, ${kind} } from '${helpers(folder)}';

export class ${name} extends ExpandMigration {
  override name = '${name}';

  override change = ${kind}(${JSON.stringify(said)});
}
`;
  return {
    up: expandStatements(change, name),
    down: unexpandStatements(change, name),
    code: await formatted(name, code),
  };
}

/** The migration that takes away what another one has replaced. */
export async function contractCode(
  name: string,
  folder: string,
  expansion: string,
  change: ColumnChange,
): ReturnType<Draft['write']> {
  const code = `import { ContractMigration } from '${helpers(folder)}';
import { ${expansion} } from './${expansion}.js';

export class ${name} extends ContractMigration {
  override name = '${name}';

  override expansion = ${expansion};
}
`;
  return {
    up: contractStatements(change, expansion, expansion),
    down: uncontractStatements(change),
    code: await formatted(name, code),
  };
}

function helpers(folder: string): string {
  return relative(folder, fileURLToPath(new URL('../expand/index.js', import.meta.url))).replaceAll(sep, '/');
}

/** What a migration says of a change, and what that comes to. */
function changeOf({ kind, table, old, next, restore: statements, checks: named }: ReplacedColumn): {
  said: unknown;
  change: ColumnChange;
} {
  const restore = statements.length > 0 ? { restore: statements.map(allowed) } : {};
  const checks = Object.keys(named).length > 0 ? { checks: named } : {};
  const [first] = next as [(typeof next)[0]];
  if (kind === 'rename') {
    const { name: to, ...column } = first;
    const said = { table, from: old.name, to, ...column, ...checks, ...restore };
    return { said, change: rename(said) };
  }
  const from = { ...old, ...restore };
  if (kind === 'retype') {
    const said = {
      table,
      from,
      to: first,
      up: `${old.name}::${first.type}`,
      down: `${first.name}::${old.type}`,
      ...checks,
    };
    return { said, change: retype(said) };
  }
  const to = Object.fromEntries(
    next.map(({ name, ...column }, index) => [name, { ...column, value: wordOf(old.name, index, next.length) }]),
  );
  const joined = `concat_ws(' ', ${next.map(({ name }) => `nullif(${name}, '')`).join(', ')})`;
  const said = { table, from, to, joined, ...checks };
  return { said, change: split(said) };
}

/** A word of a text; of the last one, all that is left. */
function wordOf(column: string, index: number, of: number): string {
  return index < of - 1
    ? `split_part(${column}, ' ', ${index + 1})`
    : `regexp_replace(${column}, '^(\\S*\\s*){${index}}', '')`;
}

/** With the reason why nobody waits for what would else be found dangerous. */
function allowed(sql: string): string {
  const rule = Object.entries({
    'add-index': /^create (unique )?index/,
    'add-unique': / add constraint \S+ unique /,
    'add-check': / add constraint \S+ check /,
    'add-foreign-key': / add constraint \S+ foreign key /,
  }).find(([, pattern]) => pattern.test(sql))?.[0];
  return rule === undefined ? sql : `-- pier2:allow ${rule} the rows were all written just before\n${sql}`;
}
