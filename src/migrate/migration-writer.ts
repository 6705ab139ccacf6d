import { MigrationGenerator } from '@mikro-orm/migrations';
import { projectFolder } from '../project-folder.js';

/** Writes migrations as the formatter leaves them, since one that is formatted afterwards is not what was listed. */
export class MigrationWriter extends MigrationGenerator {
  override async generateMigrationFile(
    className: string,
    { up, down }: { up: string[]; down: string[] },
    isTransactional = true,
  ): Promise<string> {
    const statements = (sql: string[]) => sql.map(text => this.createStatement(text, 4)).join('');
    const code = `import { Migration } from '@mikro-orm/migrations';

export class ${className} extends Migration {
  override name = '${className}';

  ${isTransactional ? '' : `override isTransactional(): boolean {\nreturn false;\n}\n\n`}override up(): void {
${statements(up)}  }

  override down(): void {
${statements(down)}  }
}
`;
    return formatted(className, code);
  }
}

/** A migration's source as the formatter leaves it. */
export async function formatted(name: string, code: string): Promise<string> {
  // Where migrations are written, the packages for development are there.
  const { format, resolveConfig } = await import('prettier');
  const style = await resolveConfig(`${projectFolder}/migrations/${name}.ts`);
  return format(code, { ...style, parser: 'typescript' });
}
