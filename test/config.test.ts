import { availableParallelism } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.js';
import { ConfigError } from '../src/config/parse-settings.js';
import { hideSecret } from '../src/config/database-url.js';
import { projectFolder } from '../src/project-folder.js';

const databaseUrl = 'postgresql://arthur:tea@localhost:5432/shop';
const production = { NODE_ENV: 'production', DATABASE_URL: databaseUrl };

describe('settings that are not set', () => {
  test('have defaults that start a newcomer in development', () => {
    expect(loadConfig({})).toEqual({
      environment: 'development',
      workers: 1,
      http: { host: 'localhost', port: 4000, orNextPort: true, corsOrigins: true, trustedProxies: 0 },
      database: {
        url: undefined,
        replicas: [],
        replicaMaxLag: 10_000,
        poolMax: 10,
        statementTimeout: 30_000,
        preparedStatements: 500,
        embeddedFolder: `${projectFolder}/.pier2/postgres`,
        migrate: true,
        seed: true,
      },
      graphql: { explorer: true, readPlans: true, maxDepth: 16, maxCost: 250_000 },
      auth: { tokenSecrets: undefined, accessTokenMinutes: 15, sessionDays: 30, publicCatalogue: false },
      tenancy: { defaultTenant: true, openRegistration: true, archiveFolder: `${projectFolder}/.pier2/archives` },
      backup: {
        storage: { folder: `${projectFolder}/.pier2/backups` },
        keys: { recipients: [], identities: [] },
      },
      mail: {
        smtpUrl: undefined,
        from: 'Pier 2 Imports <no-reply@localhost>',
        appUrl: 'http://localhost:3000',
      },
      orders: { idempotencyKeyHours: 24 },
      guide: {
        languages: new Map([
          ['en', 'english'],
          ['da', 'danish'],
        ]),
      },
      webhooks: { attempts: 10, retryDelay: 5000, privateTargets: true },
      logLevel: 'info',
    });
  });

  test('have defaults that are careful in production', () => {
    expect(loadConfig(production)).toMatchObject({
      environment: 'production',
      http: { port: 4000, orNextPort: false, corsOrigins: [] },
      database: { url: databaseUrl, migrate: false, seed: false },
      graphql: { explorer: false },
      tenancy: { openRegistration: false },
      logLevel: 'info',
    });
  });

  test('have five connections for each worker, and ten at the least', () => {
    expect(loadConfig({ WORKERS: '4' })).toMatchObject({ workers: 4, database: { poolMax: 20 } });
    expect(loadConfig({ WORKERS: 'auto' }).workers).toBe(availableParallelism());
  });

  test('keep a test quiet', () => {
    expect(loadConfig({ NODE_ENV: 'test' }).logLevel).toBe('silent');
  });

  test('may be empty', () => {
    const empty = { NODE_ENV: '', HOST: '', PORT: '', DATABASE_URL: '', MIGRATE: '', CORS_ORIGINS: '', LOG_LEVEL: '' };
    expect(loadConfig(empty)).toEqual(loadConfig({}));
  });
});

describe('settings that are set', () => {
  test('hold in production as well', () => {
    const config = loadConfig({
      ...production,
      HOST: '0.0.0.0',
      PORT: '0',
      DATABASE_REPLICAS: 'postgresql://one/shop, postgresql://two/shop',
      DATABASE_REPLICA_MAX_LAG: '5000',
      DATABASE_POOL_MAX: '25',
      DATABASE_STATEMENT_TIMEOUT: '0',
      CORS_ORIGINS: 'https://shop.example, https://staff.shop.example',
      MIGRATE: 'true',
      SEED: 'true',
      EXPLORER: 'true',
      LOG_LEVEL: 'warn',
      READ_PLANS: 'false',
      QUERY_MAX_DEPTH: '5',
      QUERY_MAX_COST: '1000',
      GUIDE_LANGUAGES: 'en:english, de-at:german,nb:shop.bokmaal',
    });
    expect(config).toMatchObject({
      http: {
        host: '0.0.0.0',
        port: 0,
        orNextPort: false,
        corsOrigins: ['https://shop.example', 'https://staff.shop.example'],
      },
      database: {
        replicas: ['postgresql://one/shop', 'postgresql://two/shop'],
        replicaMaxLag: 5000,
        poolMax: 25,
        statementTimeout: 0,
        migrate: true,
        seed: true,
      },
      graphql: { explorer: true, readPlans: false, maxDepth: 5, maxCost: 1000 },
      guide: {
        languages: new Map([
          ['en', 'english'],
          ['de-at', 'german'],
          ['nb', 'shop.bokmaal'],
        ]),
      },
      logLevel: 'warn',
    });
  });

  test('hold in development as well', () => {
    const config = loadConfig({
      MIGRATE: 'false',
      SEED: 'false',
      EXPLORER: 'false',
      EMBEDDED_POSTGRES_FOLDER: '/data',
    });
    expect(config.database).toMatchObject({ migrate: false, seed: false, embeddedFolder: '/data' });
    expect(config.graphql.explorer).toBe(false);
  });

  test('let all web origins in when one of them is *', () => {
    expect(loadConfig({ ...production, CORS_ORIGINS: 'https://shop.example,*' }).http.corsOrigins).toBe(true);
  });

  test.each(['postgres://host/shop', 'postgresql://arthur@host:5433/shop?sslmode=require', 'postgresql://[::1]/shop'])(
    'take %s for the database',
    url => {
      expect(loadConfig({ DATABASE_URL: url }).database.url).toBe(url);
    },
  );
});

describe('the storage of backups', () => {
  const bucket = { name: 'backups', endpoint: undefined, region: undefined };

  test.each([
    ['/srv/backups', { folder: '/srv/backups' }],
    ['backups', { folder: 'backups' }],
    ['s3://backups', { bucket: { ...bucket, prefix: '' } }],
    ['s3://backups/', { bucket: { ...bucket, prefix: '' } }],
    ['s3://backups/eu/shops', { bucket: { ...bucket, prefix: 'eu/shops/' } }],
    ['s3://backups/eu/shops/', { bucket: { ...bucket, prefix: 'eu/shops/' } }],
  ])('is taken from %s', (place, storage) => {
    expect(loadConfig({ BACKUP_STORAGE: place }).backup.storage).toEqual(storage);
  });

  test('may be at another service than Amazon’s', () => {
    const { storage } = loadConfig({
      BACKUP_STORAGE: 's3://backups',
      BACKUP_STORAGE_ENDPOINT: 'https://minio.example:9000',
      AWS_REGION: 'eu-central-1',
    }).backup;
    expect(storage).toMatchObject({ bucket: { endpoint: 'https://minio.example:9000', region: 'eu-central-1' } });
  });
});

describe('a wrong setting', () => {
  const languages =
    'codes of languages, each once and with its text search configuration of PostgreSQL, such as en:english,da:danish';
  const storage = 'the path of a folder, or s3://bucket/prefix for S3 (the prefix may be left out)';
  const endpoint = 'the http or https URL of a service that speaks S3, such as https://minio.example:9000';
  const origins = 'web origins, separated by commas, such as https://shop.example (no path, not even /), or *';

  test.each([
    ['NODE_ENV', 'staging', 'development, test or production'],
    ['PORT', '65536', 'a whole number from 0 (any free port) to 65535'],
    ['PORT', '-1', 'a whole number from 0 (any free port) to 65535'],
    ['PORT', '4000.5', 'a whole number from 0 (any free port) to 65535'],
    ['PORT', ' ', 'a whole number from 0 (any free port) to 65535'],
    ['PORT', '0x10', 'a whole number from 0 (any free port) to 65535'],
    ['PORT', 'http', 'a whole number from 0 (any free port) to 65535'],
    ['HOST', ' ', 'a host name or an IP address to listen on, such as 0.0.0.0'],
    ['DATABASE_POOL_MAX', '0', 'a whole number from 1 to 1000'],
    ['DATABASE_POOL_MAX', '1001', 'a whole number from 1 to 1000'],
    ['DATABASE_REPLICA_MAX_LAG', '999', 'a whole number of milliseconds from 1000 to 600000'],
    ['DATABASE_STATEMENT_TIMEOUT', '-1', 'a whole number of milliseconds up to 3600000, or 0 for no limit'],
    ['DATABASE_STATEMENT_TIMEOUT', '3600001', 'a whole number of milliseconds up to 3600000, or 0 for no limit'],
    ['EMBEDDED_POSTGRES_FOLDER', ' ', 'the path of a folder'],
    ...['gs://backups', 's3://', 's3://b', 's3://Backups', 's3://backups/../x', 's3://backups//x'].map(
      value => ['BACKUP_STORAGE', value, storage] as [string, string, string],
    ),
    [
      'BACKUP_RECIPIENTS',
      'age2x',
      'recipients of age (age1…), separated by commas, such as the one that "pier2 backup generate-key" prints',
    ],
    ['BACKUP_STORAGE_ENDPOINT', 'minio.example:9000', endpoint],
    ['CORS_ORIGINS', 'shop.example', origins],
    ['CORS_ORIGINS', 'https://shop.example/', origins],
    ['CORS_ORIGINS', 'https://shop.example,,*', origins],
    ...['en', 'en:', ':english', 'EN:english', 'en:english,', 'en:english,en:simple', "en:english'--", 'en:a.b.c'].map(
      value => ['GUIDE_LANGUAGES', value, languages] as [string, string, string],
    ),
    ['MIGRATE', 'yes', 'true or false'],
    ['SEED', '1', 'true or false'],
    ['EXPLORER', 'TRUE', 'true or false'],
    ['LOG_LEVEL', 'loud', 'fatal, error, warn, info, debug, trace or silent'],
    ['QUERY_MAX_DEPTH', '0', 'a whole number from 1 to 100'],
    ['QUERY_MAX_DEPTH', '101', 'a whole number from 1 to 100'],
    ['QUERY_MAX_COST', '0', 'a whole number from 1 up'],
    ['QUERY_MAX_COST', '1e400', 'a whole number from 1 up'],
  ])('is refused by its name, with what is right: %s="%s"', (name, value, right) => {
    expect(refusal({ [name]: value })).toBe(`${name} is "${value}", but should be ${right}.`);
  });

  test.each([
    ['mysql://arthur:tea@localhost/shop', 'mysql://arthur:***@localhost/shop'],
    ['mysql://localhost/shop?password=tea', 'mysql://localhost/shop?password=***'],
    ['tea', '***'],
    ['arthur:tea@localhost:5432/shop', '***'],
    ['postgresql:arthur:tea@localhost/shop', '***'],
    ['postgresql://arthur:42#tea@localhost/shop', '***'],
    ['postgresql://arthur:42/tea@localhost/shop', '***'],
    ['postgresql://arthur:tea@localhost', 'postgresql://arthur:***@localhost'],
    ['postgresql://arthur:tea@localhost/%zz', 'postgresql://arthur:***@localhost/%zz'],
  ])('hides what may be a password: DATABASE_URL="%s"', (value, shown) => {
    expect(refusal({ DATABASE_URL: value })).toBe(
      `DATABASE_URL is "${shown}", but should be postgresql://user:password@host:5432/database.`,
    );
  });

  test.each([
    ['tea', '***'],
    ['postgresql://arthur:tea@replica/shop,', 'postgresql://arthur:***@replica/shop,***'],
    ['postgresql://arthur:42,tea@replica/shop', '***,***'],
    ['mysql://replica/shop', '***'],
  ])('hides what may be a password: DATABASE_REPLICAS="%s"', (value, shown) => {
    expect(refusal({ DATABASE_URL: databaseUrl, DATABASE_REPLICAS: value })).toBe(
      `DATABASE_REPLICAS is "${shown}", but should be URLs such as postgresql://user:password@host:5432/database, separated by commas, each of a read replica of DATABASE_URL (a comma in a password is written as %2C).`,
    );
  });

  test('hides what may be a key: BACKUP_IDENTITIES', () => {
    expect(refusal({ BACKUP_IDENTITIES: 'AGE-SECRET-key' })).toBe(
      'BACKUP_IDENTITIES is "***", but should be identities of age (AGE-SECRET-KEY-…), separated by commas.',
    );
  });

  test('is told together with the other wrong ones', () => {
    const message = refusal({ PORT: 'http', SEED: 'maybe', QUERY_MAX_DEPTH: '999', HOST: 'localhost' });
    expect(message.split('\n')).toEqual([
      'PORT is "http", but should be a whole number from 0 (any free port) to 65535.',
      'SEED is "maybe", but should be true or false.',
      'QUERY_MAX_DEPTH is "999", but should be a whole number from 1 to 100.',
    ]);
  });
});

describe('production', () => {
  test('without a database is refused together with what else is wrong', () => {
    expect(refusal({ NODE_ENV: 'production', PORT: 'http' })).toMatch(/^PORT is .*\nIn production .* DATABASE_URL/);
  });

  test.each([[{}], [{ DATABASE_URL: '' }]])('refuses the embedded database: %j', environment => {
    expect(refusal({ NODE_ENV: 'production', ...environment })).toBe(
      'In production the embedded PostgreSQL is not used: set DATABASE_URL to your server, such as postgresql://user:password@host:5432/database.',
    );
  });
});

describe('hideSecret', () => {
  test.each([
    ['postgresql://arthur:tea@localhost:5432/shop', 'postgresql://arthur:***@localhost:5432/shop'],
    ['postgresql://arthur:t%40ea@localhost/shop', 'postgresql://arthur:***@localhost/shop'],
    ['postgresql://arthur@localhost/shop', 'postgresql://arthur@localhost/shop'],
    ['postgresql://localhost/shop?user=arthur&password=tea', 'postgresql://localhost/shop?user=arthur&password=***'],
    ['postgresql://localhost/shop?sslkey=a&sslmode=require', 'postgresql://localhost/shop?sslkey=***&sslmode=require'],
  ])('shows %s as %s', (url, shown) => {
    expect(hideSecret(url)).toBe(shown);
  });
});

/** What the start says of an environment that it refuses. */
function refusal(environment: NodeJS.ProcessEnv): string {
  try {
    loadConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error(`These settings were taken: ${JSON.stringify(environment)}`);
}

describe('settings that do not go together', () => {
  test('are a pool with fewer connections than workers', () => {
    expect(() => loadConfig({ WORKERS: '4', DATABASE_POOL_MAX: '3' })).toThrow(
      'DATABASE_POOL_MAX is "3", but should be at least one for each of the 4 workers.',
    );
  });

  test('are a direct connection without the one of requests', () => {
    expect(() => loadConfig({ DIRECT_DATABASE_URL: databaseUrl })).toThrow(/without DATABASE_URL/);
  });

  test('are replicas of the embedded database', () => {
    expect(() => loadConfig({ DATABASE_REPLICAS: databaseUrl })).toThrow(
      'DATABASE_REPLICAS is set without DATABASE_URL, whose replicas they should be: set both, since the embedded PostgreSQL has none.',
    );
  });
});
