import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { type MigrationContext, migrationOptions } from '../../database/orm.options.js';
import { defaultTenantSchema, platformSchema } from '../../database/schemas.js';
import { withClient } from '../../database/with-client.js';
import { readPairs } from '../expand/pairs.js';
import { contractStatements } from '../expand/statements.js';
import { migrationFiles } from '../files.js';
import { schemaObjects } from '../fingerprint.js';
import type { Finding } from '../lint/finding.js';
import type { Check } from './check.js';
import { EntityPlaces } from './entity-places.js';
import { checkRules } from './rules.js';
import { Walk } from './walk.js';

/** What the migrations make has all that the entities have, as PostgreSQL writes both, and wants no value besides. */
export const tables: Check = {
  title: 'The migrations make what the entities have',
  async run(project) {
    const url = await project.makeDatabase();
    const walk = await Walk.start(project, url);
    try {
      if (!(await walk.goUp())) {
        return { findings: [], notes: ['A migration fails, so what they make is not known.'] };
      }
    } finally {
      await walk.close();
    }
    await contract(url, project.tenant);
    return {
      findings: [
        ...(await compare(url, project.platform, platformSchema)),
        ...(await compare(url, project.tenant, defaultTenantSchema)),
      ],
    };
  },
};

/** Takes the columns away that are replaced, as a later build does: the entities have theirs alone. */
async function contract(url: string, { migrationsFolder }: MigrationContext): Promise<void> {
  const { changes, contracts } = await readPairs(await migrationFiles(migrationsFolder));
  const done = new Set(Array.from(contracts.values(), ({ expansion }) => expansion));
  await withClient(url, async client => {
    await client.query(`set search_path to ${pg.escapeIdentifier(defaultTenantSchema)}`);
    for (const [expansion, change] of [...changes].filter(([name]) => !done.has(name))) {
      for (const statement of contractStatements(change, expansion, expansion)) {
        await client.query(statement);
      }
    }
  });
}

async function compare(url: string, context: MigrationContext, schema: string): Promise<Finding[]> {
  const orm = await MikroORM.init(migrationOptions(url, context, { silent: true }));
  try {
    const sql = await orm.schema.getCreateSchemaSQL({ wrap: false });
    const { made, wanted } = await withClient(url, async client => {
      const have = await schemaObjects(client, schema);
      // The entities' own tables stand in place of the migrated ones, where they are looked at and gone again.
      await client.query('begin');
      await client.query(`drop schema ${pg.escapeIdentifier(schema)} cascade`);
      await client.query(`create schema ${pg.escapeIdentifier(schema)}`);
      await client.query(`set local search_path = ${pg.escapeIdentifier(schema)}`);
      await client.query(sql.replace(/^create schema .*$/gim, ''));
      const want = await schemaObjects(client, schema);
      await client.query('rollback');
      return { made: have, wanted: want };
    });
    const places = new EntityPlaces(orm.getMetadata());
    const objects = wanted.map(objectOf);
    const knownTables = new Set(objects.map(({ table }) => table));
    const knownColumns = new Set(objects.map(({ table, column }) => `${table}.${column}`));
    const missing = wanted.filter(line => !made.includes(line));
    const besides = made.filter(line => {
      const { table, column } = objectOf(line);
      const isKnown = !knownTables.has(table) || knownColumns.has(`${table}.${column}`);
      return column !== undefined && !isKnown && / not null(?! generated| default| identity)/.test(line);
    });
    const { id, severity } = checkRules.tables;
    const tell = (line: string, problem: string): Finding => {
      const { table, column } = objectOf(line);
      return { rule: id, severity, message: `${problem}: ${line}.`, ...places.of(table, column) };
    };
    return [
      ...missing.map(line => tell(line, 'The entities have what the migrations do not make')),
      ...besides.map(line => tell(line, 'The migrations make what wants a value, and no entity has it')),
    ];
  } finally {
    await orm.close(true);
  }
}

/** The table, and the column if it is one, that a line of a schema's objects is about. */
function objectOf(line: string): { table: string; column?: string } {
  const [, column] = /^column [^ .]+\.(\S+)/.exec(line) ?? [];
  const [, table = ''] =
    /^(?:partitioned )?(?:table|column|constraint) ([^ .]+)/.exec(line) ??
    /^index .*? ON (?:ONLY )?(\S+)/.exec(line) ??
    [];
  return { table, ...(column !== undefined && { column }) };
}
