import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { type DatabaseSchema, SchemaComparator, type SchemaDifference, SchemaGenerator } from '@mikro-orm/sql';
import { loadParser } from '../lint/parser.js';
import { MigrationWriter } from '../migration-writer.js';
import type { Part } from './safe-forms.js';
import type { Snapshot } from './snapshot.js';
import { snapshotName } from './write-migrations.js';

/** Finds out what a migration has to do, from a snapshot and the entities, without a database. */
export class DraftMigrator extends Migrator {
  get #generator(): SchemaGenerator {
    return this.config.getExtension('@mikro-orm/schema-generator')!;
  }

  /** The entities' tables, as a snapshot has them. */
  entities(): Snapshot {
    return JSON.parse(JSON.stringify(this.#generator.getTargetSchema())) as Snapshot;
  }

  /** What the entities have that the snapshot has not, and the other way round. A column of another name is another column. */
  async changes(): Promise<SchemaDifference> {
    return this.#compare(await this.#snapshot(), this.#generator.getTargetSchema());
  }

  /** Statements from the snapshot to the entities and back. */
  async difference(): Promise<{ up: string[]; down: string[] }> {
    const [from, to] = [await this.#snapshot(), this.#generator.getTargetSchema()];
    const [up, down] = [this.#compare(from, to), this.#compare(to, from)];
    return { up: await this.#statements(up), down: await this.#statements(down) };
  }

  /** Statements from one snapshot to another. */
  async between(from: Snapshot, to: Snapshot): Promise<string[]> {
    const [before, after] = [await this.#read(from), await this.#read(to)];
    return this.#statements(this.#compare(before, after));
  }

  /** Writes the entities' tables as the snapshot. */
  async writeSnapshot(): Promise<void> {
    await this.storeCurrentSchema();
  }

  /** The text of a migration's file. */
  code(name: string, part: Part): Promise<string> {
    const writer = new MigrationWriter(this.driver, this.config.getNamingStrategy(), this.options);
    return writer.generateMigrationFile(name, part, part.isTransactional);
  }

  async #read(snapshot: Snapshot): Promise<DatabaseSchema> {
    await writeFile(join(this.options.pathTs!, snapshotName), JSON.stringify(snapshot));
    return this.#snapshot();
  }

  async #snapshot(): Promise<DatabaseSchema> {
    return (await this.getSchemaFromSnapshot())!;
  }

  #compare(from: DatabaseSchema, to: DatabaseSchema): SchemaDifference {
    return withoutGuesses(new SchemaComparator(this.driver.getPlatform()).compare(from, to));
  }

  async #statements(difference: SchemaDifference): Promise<string[]> {
    const sql = this.#generator.diffToSQL(difference, { wrap: false, safe: false, dropTables: true });
    const parser = await loadParser();
    return sql.trim() === '' ? [] : withoutCascade(parser.parse(sql).map(statement => `${statement.sql};`));
  }
}

/**
 * Drops tables in one statement, in which their order does not matter, where MikroORM writes CASCADE behind each: that would
 * also drop what nobody named.
 */
function withoutCascade(statements: string[]): string[] {
  const tables = statements.map(sql => /^drop table if exists (\S+) cascade;$/.exec(sql)?.[1]);
  const dropped = tables.filter(table => table !== undefined);
  const first = tables.findIndex(table => table !== undefined);
  return statements.flatMap((sql, index) =>
    tables[index] === undefined ? [sql] : index === first ? [`drop table ${dropped.join(', ')};`] : [],
  );
}

/** Takes back what the comparator takes for a rename, since two columns of one type may well hold different things. */
function withoutGuesses(difference: SchemaDifference): SchemaDifference {
  for (const table of Object.values(difference.changedTables)) {
    for (const [name, column] of Object.entries(table.renamedColumns)) {
      table.removedColumns[name] = table.fromTable.getColumn(name)!;
      table.addedColumns[column.name] = column;
      delete table.renamedColumns[name];
    }
  }
  return difference;
}
