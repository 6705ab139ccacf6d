import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { EntityMetadata, MetadataStorage } from '@mikro-orm/core';
import { projectFolder } from '../../project-folder.js';

/** Where entities and their properties stand in the sources. */
export class EntityPlaces {
  constructor(private readonly metadata: MetadataStorage) {}

  /** The place of a table's class, or of the property that a column is of; of a table without an entity, the list of them. */
  of(table: string, column?: string): { file: string; line: number } {
    const meta = [...this.metadata.getAll().values()].find(({ tableName }) => tableName === table);
    if (!meta) {
      return { file: 'src/entities.ts', line: 1 };
    }
    const property = meta.props.find(({ fieldNames }) => column !== undefined && fieldNames?.includes(column));
    return { file: relative(projectFolder, meta.path).replaceAll(sep, '/'), line: lineOf(meta, property?.name) };
  }
}

function lineOf({ path, className }: EntityMetadata, property: string | undefined): number {
  const lines = readFileSync(path, 'utf8').split('\n');
  const start = lines.findIndex(line => new RegExp(`\\bclass ${className}\\b`).test(line));
  const within = lines.findIndex(
    (line, index) => property !== undefined && index > start && new RegExp(`^\\s+${property}[!?]?\\s*[:=]`).test(line),
  );
  return Math.max(within === -1 ? start : within, 0) + 1;
}
