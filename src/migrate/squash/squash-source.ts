import { withoutConcurrently } from '../concurrently.js';
import { formatted } from '../migration-writer.js';
import type { RecordedMigration, RecordedStatement } from '../recorded-migration.js';

/** The source of a migration that does what others do one after the other. */
export function squashSource(name: string, replaced: readonly RecordedMigration[]): Promise<string> {
  const down = replaced.some(({ noWayBack }) => noWayBack !== undefined)
    ? ''
    : `override down(): void {\n${replaced
        .toReversed()
        .map(migration => statementsOf(migration, 'down'))
        .join('\n')}\n}`;
  return formatted(
    name,
    `import { Migration } from '@mikro-orm/migrations';

/** What these migrations do one after the other. Only new shops run it: who has seen all of them has seen it. */
export class ${name} extends Migration {
  override name = '${name}';

  readonly replaces = [${replaced.map(migration => `'${migration.name}'`).join(', ')}];

  override up(): void {
${replaced.map(migration => statementsOf(migration, 'up')).join('\n')}
  }

${down}
}
`,
  );
}

function statementsOf(migration: RecordedMigration, direction: 'up' | 'down'): string {
  // It runs in the transaction that makes a shop, where nobody else is.
  const textOf = ({ sql }: RecordedStatement) => (migration.isTransactional ? sql : withoutConcurrently(sql));
  const calls = migration[direction].map(statement => `this.addSql(${literal(textOf(statement))});`);
  return [`// ${migration.name}`, ...calls, ''].join('\n');
}

/** A text as a template that reads as the text. */
function literal(text: string): string {
  return `\`${text.replaceAll(/[\\`]|\$(?=\{)/g, '\\$&')}\``;
}
