import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { createPostgreSqlTypeParsers } from '@mikro-orm/sql';
import pg from 'pg';
import type { ConnectionPoolConfig } from './connection-pool.js';
import { PooledQueries } from './pooled-queries.js';
import { defaultTenantSchema, platformSchema } from './schemas.js';

export { defaultTenantSchema, platformSchema };

type Entities = NonNullable<Options['entities']>;

/**
 * Options of the ORM that serves requests. Tenants' entities keep the schema `*`, so that each statement names the schema
 * of the fork that runs it (`em.fork({ schema })`) and none depends on a `search_path`: safe behind a pooler.
 */
export function runtimeOptions(settings: ConnectionSettings & { entities: Entities }): Options {
  return defineConfig({
    ...commonOptions(settings.url),
    entities: settings.entities,
    schema: defaultTenantSchema,
    // The first statement would look for the database on a connection beside its transaction's, which may be the only one.
    ensureDatabase: false,
    // A server that does not answer must not hold requests forever.
    driverOptions: new PooledQueries(poolConfig(settings, 10_000)),
  });
}

/** How a process that serves is connected to a server. */
export interface ConnectionSettings {
  url: string;
  /** Connections at the most. */
  poolMax: number;
  /** How long a statement may take, in milliseconds. */
  statementTimeout: number;
  /** Statements that each connection keeps prepared; 0 for none. */
  preparedStatements?: number;
}

/** PostgreSQL's number of the type `text[]`, which the driver reads, though its types do not tell. */
const listOfTexts = 1009;

/** Values as the ORM expects them: it reads moments from their text. */
const valuesForTheOrm = new pg.TypeOverrides();
for (const [type, parse] of Object.entries(createPostgreSqlTypeParsers(pg.types.getTypeParser(listOfTexts as never)))) {
  valuesForTheOrm.setTypeParser(Number(type), parse);
}

/** How long a server may be silent after its own time limit of a statement, in milliseconds. */
const silence = 10_000;

/** @param connectionTimeoutMillis how long a connection may be waited for, in milliseconds */
export function poolConfig(
  { url, poolMax, statementTimeout, preparedStatements = 500 }: ConnectionSettings,
  connectionTimeoutMillis: number,
): ConnectionPoolConfig {
  return {
    connectionString: url,
    max: poolMax,
    statement_timeout: statementTimeout,
    // The server's own limit comes first. Where nothing is heard of it, its machine or the network is gone.
    query_timeout: statementTimeout > 0 ? statementTimeout + silence : 0,
    keepAlive: true,
    // PostgreSQL's default is of turning disks: by it, it reads all countries for each address rather than use their index.
    options: '-c random_page_cost=1.1',
    types: valuesForTheOrm,
    maxPrepared: preparedStatements,
    pipeline: preparedStatements > 0,
    connectionTimeoutMillis,
  };
}

/** What a set of migrations is about: a tenant's tables or the platform's. */
export interface MigrationContext {
  /** Name for `mikro-orm --contextName`; the tenant's is the CLI's default. */
  contextName: 'default' | 'platform';
  entities: Entities;
  /** Folder of the migrations, in TypeScript and as built. */
  migrationsFolder: string;
  seedersFolder?: string;
  extensions: NonNullable<Options['extensions']>;
}

/** How migrations are run. */
export interface MigrationSettings {
  /** Whether the console is told nothing. */
  silent?: boolean;
  /** Settings of each connection, such as its `lock_timeout`. */
  connection?: pg.ClientConfig;
  /** Connections at the most. */
  poolMax?: number;
}

/**
 * Options of the ORM that writes and runs migrations. The `*` of a tenant's entities is taken off, since a snapshot with
 * it is empty and each `migration:create` would make all tables again. The snapshot is never rewritten after a run: it
 * would then hold whatever else stands in that database, and the next `create` would drop it.
 */
export function migrationOptions(
  url: string,
  context: MigrationContext,
  { silent = false, connection = {}, poolMax }: MigrationSettings = {},
): Options {
  const isTenant = context.contextName === 'default';
  return defineConfig({
    ...commonOptions(url),
    driverOptions: connection,
    ...(poolMax !== undefined && { pool: { min: 0, max: poolMax } }),
    contextName: context.contextName,
    entities: context.entities,
    extensions: [...context.extensions],
    discovery: {
      onMetadata: meta => {
        if (meta.schema === '*') {
          if (isTenant) {
            delete meta.schema;
          } else {
            meta.schema = platformSchema;
          }
        }
      },
    },
    schemaGenerator: isTenant
      ? { ignoreSchema: [platformSchema], skipTables: [new RegExp(`^${platformSchema}\\.`)] }
      : {},
    migrations: {
      path: context.migrationsFolder,
      pathTs: context.migrationsFolder,
      glob: '!(*.d).{js,ts}',
      tableName: isTenant ? 'mikro_orm_migrations' : `${platformSchema}.mikro_orm_migrations`,
      snapshotName: '.snapshot',
      snapshotOnMigrate: false,
      disableForeignKeys: false,
      // Each migration is a transaction of its own, so that one that has run stays when the next one fails.
      allOrNothing: false,
      emit: 'ts',
      silent,
    },
    seeder: context.seedersFolder ? { path: context.seedersFolder, pathTs: context.seedersFolder } : {},
  });
}

function commonOptions(url: string): Options {
  return {
    clientUrl: url,
    // The driver asks for the name before it has parsed the URL.
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    metadataProvider: ReflectMetadataProvider,
    // The entities are few and read at each start, so a cache on disk could only go stale.
    metadataCache: { enabled: false },
    forceUtcTimezone: true,
    ignoreUndefinedInQuery: true,
  };
}
