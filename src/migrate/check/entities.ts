import { join, relative } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { type MigrationContext, migrationOptions } from '../../database/orm.options.js';
import { projectFolder } from '../../project-folder.js';
import { nowhere } from '../create/create-migration.js';
import { DraftMigrator } from '../create/draft-migrator.js';
import type { Finding } from '../lint/finding.js';
import { migratorExtension } from '../migrator-extension.js';
import type { Check } from './check.js';
import { EntityPlaces } from './entity-places.js';
import { checkRules } from './rules.js';

/** There is no change of entities that no migration was written of. */
export const entities: Check = {
  title: 'Entities and migrations are in step',
  run: async ({ platform, tenant }) => ({
    findings: (await Promise.all([platform, tenant].map(outOfStep))).flat(),
  }),
};

async function outOfStep(context: MigrationContext): Promise<Finding[]> {
  const extensions = [migratorExtension(DraftMigrator)];
  const orm = await MikroORM.init(migrationOptions(nowhere, { ...context, extensions }, { silent: true }));
  try {
    const places = new EntityPlaces(orm.getMetadata());
    const { newTables, removedTables, changedTables } = await (orm.migrator as DraftMigrator).changes();
    const found: [string, { file: string; line: number }][] = [];
    for (const { name } of Object.values(newTables)) {
      found.push([`"${name}" is new.`, places.of(name)]);
    }
    const snapshot = { file: relative(projectFolder, join(context.migrationsFolder, '.snapshot.json')), line: 1 };
    for (const { name } of Object.values(removedTables)) {
      found.push([`"${name}" has no entity any more.`, snapshot]);
    }
    for (const { fromTable, addedColumns, removedColumns, changedColumns, ...others } of Object.values(changedTables)) {
      const { name } = fromTable;
      for (const column of Object.keys(addedColumns)) {
        found.push([`"${column}" of "${name}" is new.`, places.of(name, column)]);
      }
      for (const column of Object.keys(removedColumns)) {
        found.push([`"${name}" has no "${column}" any more.`, places.of(name)]);
      }
      for (const [column, { changedProperties }] of Object.entries(changedColumns)) {
        const what = [...changedProperties].join(', ');
        found.push([`"${column}" of "${name}" is another one (${what}).`, places.of(name, column)]);
      }
      const names = Object.entries(others).flatMap(([what, objects]) =>
        /^(added|changed|removed|renamed)(Indexes|Checks|ForeignKeys|Triggers|Policies)$/.test(what)
          ? Object.keys(objects as object)
          : [],
      );
      if (names.length > 0) {
        found.push([
          `"${name}" has other indexes or constraints: ${[...new Set(names)].sort().join(', ')}.`,
          places.of(name),
        ]);
      } else if (found.length === 0) {
        found.push([`"${name}" is another one.`, places.of(name)]);
      }
    }
    const { id, severity } = checkRules.entities;
    return found.map(([message, place]) => ({ rule: id, severity, message, ...place }));
  } finally {
    await orm.close(true);
  }
}
