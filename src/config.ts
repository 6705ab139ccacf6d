import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { projectFolder } from './project-folder.js';

/** Connections of a start, and of each of its workers when those are several, when DATABASE_POOL_MAX does not say. */
const defaultPool = { least: 10, ofWorker: 5 };

/** Where the API is served when PORT does not say. */
const defaultPort = 4000;

const flag = z.enum(['true', 'false']).transform(value => value === 'true');

/** One entry a setting: how its text is read, and in words what would be right, for the error and for `.env.example`. */
const settings = {
  NODE_ENV: [z.enum(['development', 'test', 'production']).default('development'), 'development, test or production'],
  HOST: [z.string().trim().min(1).default('localhost'), 'a host name or an IP address to listen on, such as 0.0.0.0'],
  PORT: [wholeNumber(0, 65_535).optional(), 'a whole number from 0 (any free port) to 65535'],
  WORKERS: [
    z
      .literal('auto')
      .transform(() => availableParallelism())
      .or(wholeNumber(1, 256))
      .default(1),
    'a whole number from 1 to 256, or auto for one a core',
  ],
  DATABASE_URL: [databaseUrl().optional(), 'postgresql://user:password@host:5432/database'],
  DIRECT_DATABASE_URL: [
    databaseUrl().optional(),
    'postgresql://user:password@host:5432/database, the same database as DATABASE_URL without a pooler between',
  ],
  DATABASE_REPLICAS: [
    z
      .string()
      .transform(list => list.split(',').map(url => url.trim()))
      .pipe(z.array(databaseUrl()))
      .default([]),
    'URLs such as postgresql://user:password@host:5432/database, separated by commas, each of a read replica of DATABASE_URL (a comma in a password is written as %2C)',
  ],
  DATABASE_REPLICA_MAX_LAG: [
    wholeNumber(1000, 600_000).default(10_000),
    'a whole number of milliseconds from 1000 to 600000',
  ],
  DATABASE_POOL_MAX: [wholeNumber(1, 1000).optional(), 'a whole number from 1 to 1000'],
  DATABASE_STATEMENT_TIMEOUT: [
    wholeNumber(0, 3_600_000).default(30_000),
    'a whole number of milliseconds up to 3600000, or 0 for no limit',
  ],
  DATABASE_PREPARED_STATEMENTS: [
    wholeNumber(0, 100_000).default(500),
    'a whole number from 1 to 100000, or 0 to prepare none',
  ],
  EMBEDDED_POSTGRES_FOLDER: [z.string().trim().min(1).optional(), 'the path of a folder'],
  CORS_ORIGINS: [
    z
      .string()
      .transform(list => list.split(',').map(origin => origin.trim()))
      .refine(origins => origins.every(isOrigin))
      .optional(),
    'web origins, separated by commas, such as https://shop.example (no path, not even /), or *',
  ],
  TRUSTED_PROXIES: [wholeNumber(0, 100).default(0), 'a whole number from 0 to 100'],
  TOKEN_SECRETS: [
    z
      .string()
      .transform(list => list.split(',').map(secret => secret.trim()))
      .refine(secrets => secrets.every(secret => secret.length >= 32))
      .optional(),
    'secrets of at least 32 characters, separated by commas, such as what "openssl rand -base64 32" prints',
  ],
  ACCESS_TOKEN_MINUTES: [wholeNumber(1, 1440).default(15), 'a whole number of minutes from 1 to 1440'],
  SESSION_DAYS: [wholeNumber(1, 365).default(30), 'a whole number of days from 1 to 365'],
  PUBLIC_CATALOGUE: [flag.default(false), 'true or false'],
  OPEN_REGISTRATION: [flag.optional(), 'true or false'],
  DEFAULT_TENANT: [flag.default(true), 'true or false'],
  ARCHIVE_FOLDER: [z.string().trim().min(1).optional(), 'the path of a folder'],
  APP_URL: [
    z.url({ protocol: /^https?$/ }).optional(),
    'the http or https URL of the front end, such as https://shop.example',
  ],
  SMTP_URL: [
    z.url({ protocol: /^smtps?$/, hostname: /./ }).optional(),
    'smtp://user:password@host:587, or smtps:// for port 465',
  ],
  MAIL_FROM: [
    z.string().trim().min(3).default('Pier 2 Imports <no-reply@localhost>'),
    'a mail address, with a name or without',
  ],
  IDEMPOTENCY_KEY_HOURS: [wholeNumber(1, 8760).default(24), 'a whole number of hours from 1 to 8760'],
  GUIDE_LANGUAGES: [
    z
      .string()
      .default('en:english,da:danish')
      .transform(list => list.split(',').map(language => language.trim()))
      .refine(languages => languages.every(isLanguage))
      .transform(languages => languages.map(language => language.split(':') as [string, string]))
      .refine(languages => new Set(languages.map(([code]) => code)).size === languages.length),
    'codes of languages, each once and with its text search configuration of PostgreSQL, such as en:english,da:danish',
  ],
  WEBHOOK_ATTEMPTS: [wholeNumber(1, 100).default(10), 'a whole number from 1 to 100'],
  WEBHOOK_RETRY_DELAY: [wholeNumber(1, 3_600_000).default(5000), 'a whole number of milliseconds from 1 to 3600000'],
  WEBHOOK_PRIVATE_TARGETS: [flag.optional(), 'true or false'],
  MIGRATE: [flag.optional(), 'true or false'],
  SEED: [flag.optional(), 'true or false'],
  EXPLORER: [flag.optional(), 'true or false'],
  TRUSTED_DOCUMENTS: [z.string().trim().min(1).optional(), 'the path of a manifest such as persisted-documents.json'],
  LOG_LEVEL: [
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
    'fatal, error, warn, info, debug, trace or silent',
  ],
  READ_PLANS: [flag.default(true), 'true or false'],
  QUERY_MAX_DEPTH: [wholeNumber(1, 100).default(16), 'a whole number from 1 to 100'],
  QUERY_MAX_COST: [wholeNumber(1).default(250_000), 'a whole number from 1 up'],
} as const satisfies Record<string, readonly [z.ZodType, string]>;

/** The names of all settings, in the order of `.env.example`. */
export const settingNames = Object.keys(settings);

/** Settings that hold secrets, and how they are shown without. */
const secretSettings: ReadonlyMap<string, (text: string) => string> = new Map([
  ['DATABASE_URL', hideSecret],
  ['DIRECT_DATABASE_URL', hideSecret],
  ['DATABASE_REPLICAS', hideSecrets],
  ['TOKEN_SECRETS', hideSecret],
  ['SMTP_URL', hideSecret],
]);

/** All settings of a process, validated. */
export interface Config {
  environment: 'development' | 'test' | 'production';
  /** Processes that serve. */
  workers: number;
  http: {
    host: string;
    port: number;
    /** Whether one of the next ports may be taken when this one is in use, so that a second checkout starts as well. */
    orNextPort: boolean;
    /** Web origins whose pages may call the API; true for all. */
    corsOrigins: true | string[];
    /** Proxies in front of this process, whose word on the caller's address is taken. */
    trustedProxies: number;
  };
  database: {
    /** The server to use; undefined means the embedded one. */
    url: string | undefined;
    /** The same database without a pooler between, for what needs a session of its own; undefined where there is none. */
    directUrl: string | undefined;
    /** Servers that queries are read from as well, each a standby of the database's. */
    replicas: string[];
    /** Milliseconds that a replica may lag behind to be read from. */
    replicaMaxLag: number;
    /** Connections that requests open at the most to each server, of all workers together. */
    poolMax: number;
    /** Milliseconds after which PostgreSQL gives up a request's statement; 0 for never. */
    statementTimeout: number;
    /** Statements that each connection keeps prepared; 0 for none. */
    preparedStatements: number;
    /** Where the embedded server keeps its data. */
    embeddedFolder: string;
    /** Whether the start brings the database's tables up to date. */
    migrate: boolean;
    /** Whether an empty database is filled with the sample data at start. */
    seed: boolean;
  };
  graphql: {
    /** Whether the landing page, GraphiQL and introspection are served. */
    explorer: boolean;
    /** Whether queries are read by plans, each field of the query by one statement; the resolvers answer all without. */
    readPlans: boolean;
    /** Levels of fields that a query may nest. */
    maxDepth: number;
    /** Objects that a query may ask for at the most, as its page sizes say. */
    maxCost: number;
    /** The path of the manifest whose operations alone are served; undefined to serve any. */
    trustedDocuments: string | undefined;
  };
  auth: {
    /** Secrets that access tokens are signed with: the first signs, all are taken; undefined for one of this process alone. */
    tokenSecrets: string[] | undefined;
    /** How long an access token is good for, in minutes. */
    accessTokenMinutes: number;
    /** How long a session lasts without being renewed, in days. */
    sessionDays: number;
    /** Whether anybody may see the catalogue and the Guide. */
    publicCatalogue: boolean;
  };
  tenancy: {
    /** Whether a request that names no tenant is served by the default one. */
    defaultTenant: boolean;
    /** Whether anybody may register a shop. */
    openRegistration: boolean;
    /** Where archives of removed tenants are written. */
    archiveFolder: string;
  };
  mail: {
    /** The server that mails are sent by; undefined keeps them in the outbox. */
    smtpUrl: string | undefined;
    from: string;
    /** The front end that links in mails lead to. */
    appUrl: string;
  };
  orders: {
    /** How long an idempotency key holds, in hours. */
    idempotencyKeyHours: number;
  };
  guide: {
    /** Codes of languages, each with its text search configuration of PostgreSQL. */
    languages: ReadonlyMap<string, string>;
  };
  webhooks: {
    /** After so many failures a delivery is dead. */
    attempts: number;
    /** Milliseconds before the second attempt; each further one waits twice as long, up to an hour. */
    retryDelay: number;
    /** Whether receivers may be on a private network, or on this machine. */
    privateTargets: boolean;
  };
  logLevel: string;
}

/** A start that cannot go on because a setting is wrong; the message names each setting, its value and what is right. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the settings from environment variables, and from the file `.env` of the project for those not set.
 * @throws ConfigError when a setting is wrong
 */
export function loadConfig(environment: NodeJS.ProcessEnv = environmentWithFile()): Config {
  const values = parseSettings(environment);
  const production = values.NODE_ENV === 'production';
  return {
    environment: values.NODE_ENV,
    workers: values.WORKERS,
    http: {
      host: values.HOST,
      port: values.PORT ?? defaultPort,
      orNextPort: values.PORT === undefined && !production,
      trustedProxies: values.TRUSTED_PROXIES,
      corsOrigins: toCorsOrigins(values.CORS_ORIGINS ?? (production ? [] : ['*'])),
    },
    database: {
      url: values.DATABASE_URL,
      directUrl: values.DIRECT_DATABASE_URL,
      replicas: values.DATABASE_REPLICAS,
      replicaMaxLag: values.DATABASE_REPLICA_MAX_LAG,
      poolMax: values.DATABASE_POOL_MAX ?? Math.max(defaultPool.least, defaultPool.ofWorker * values.WORKERS),
      statementTimeout: values.DATABASE_STATEMENT_TIMEOUT,
      preparedStatements: values.DATABASE_PREPARED_STATEMENTS,
      embeddedFolder: values.EMBEDDED_POSTGRES_FOLDER ?? `${projectFolder}/.pier2/postgres`,
      migrate: values.MIGRATE ?? !production,
      seed: values.SEED ?? !production,
    },
    graphql: {
      explorer: values.EXPLORER ?? !production,
      readPlans: values.READ_PLANS,
      maxDepth: values.QUERY_MAX_DEPTH,
      maxCost: values.QUERY_MAX_COST,
      trustedDocuments: values.TRUSTED_DOCUMENTS,
    },
    auth: {
      tokenSecrets: values.TOKEN_SECRETS,
      accessTokenMinutes: values.ACCESS_TOKEN_MINUTES,
      sessionDays: values.SESSION_DAYS,
      publicCatalogue: values.PUBLIC_CATALOGUE,
    },
    tenancy: {
      defaultTenant: values.DEFAULT_TENANT,
      openRegistration: values.OPEN_REGISTRATION ?? !production,
      archiveFolder: values.ARCHIVE_FOLDER ?? `${projectFolder}/.pier2/archives`,
    },
    mail: {
      smtpUrl: values.SMTP_URL,
      from: values.MAIL_FROM,
      appUrl: (values.APP_URL ?? 'http://localhost:3000').replace(/\/+$/, ''),
    },
    orders: { idempotencyKeyHours: values.IDEMPOTENCY_KEY_HOURS },
    guide: { languages: new Map(values.GUIDE_LANGUAGES) },
    webhooks: {
      attempts: values.WEBHOOK_ATTEMPTS,
      retryDelay: values.WEBHOOK_RETRY_DELAY,
      privateTargets: values.WEBHOOK_PRIVATE_TARGETS ?? !production,
    },
    logLevel: values.LOG_LEVEL ?? (values.NODE_ENV === 'test' ? 'silent' : 'info'),
  };
}

function toCorsOrigins(origins: string[]): true | string[] {
  return origins.includes('*') ? true : origins;
}

type Values = { [K in keyof typeof settings]: z.infer<(typeof settings)[K][0]> };

function parseSettings(environment: NodeJS.ProcessEnv): Values {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, [schema, right]] of Object.entries(settings)) {
    // An empty variable counts as one not set, as docker compose passes those that its `.env` leaves out.
    const text = environment[name] || undefined;
    const result = schema.safeParse(text);
    if (result.success) {
      values[name] = result.data;
    } else {
      const shown = secretSettings.get(name)?.(text ?? '') ?? text;
      problems.push(`${name} is "${shown}", but should be ${right}.`);
    }
  }
  if (values['NODE_ENV'] === 'production' && !environment['DATABASE_URL']) {
    problems.push(
      'In production the embedded PostgreSQL is not used: set DATABASE_URL to your server, such as postgresql://user:password@host:5432/database.',
    );
  }
  if (environment['DIRECT_DATABASE_URL'] && !environment['DATABASE_URL']) {
    problems.push('DIRECT_DATABASE_URL is set without DATABASE_URL, which requests use: set both.');
  }
  if (environment['DATABASE_REPLICAS'] && !environment['DATABASE_URL']) {
    problems.push(
      'DATABASE_REPLICAS is set without DATABASE_URL, whose replicas they should be: set both, since the embedded PostgreSQL has none.',
    );
  }
  const { WORKERS: workers, DATABASE_POOL_MAX: poolMax } = values as Partial<Values>;
  if (workers && poolMax && poolMax < workers) {
    problems.push(`DATABASE_POOL_MAX is "${poolMax}", but should be at least one for each of the ${workers} workers.`);
  }
  if (problems.length > 0) {
    throw new ConfigError(problems.join('\n'));
  }
  return values as Values;
}

function databaseUrl() {
  return z.url({ protocol: /^postgres(ql)?$/, hostname: /./ }).refine(isWholeDatabaseUrl);
}

/** Digits alone, since `Number` also takes blanks for 0 and `0x10` for 16. */
function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  const digits = z.string().trim().regex(/^\d+$/);
  return digits.transform(Number).pipe(z.number().min(least).max(most));
}

/** Whether a text is a language's code, a colon and the name of a text search configuration, in a schema or not. */
function isLanguage(text: string): boolean {
  return /^[a-z]{2,3}(-[a-z0-9]{2,8})*:([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}$/.test(text);
}

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}

/** Whether a URL names a database, and can be decoded as all who read it do. */
function isWholeDatabaseUrl(text: string): boolean {
  try {
    const url = new URL(text);
    [url.username, url.password, url.hostname].forEach(decodeURIComponent);
    return decodeURIComponent(url.pathname).length > 1 && !isTornByPassword(url);
  } catch {
    return false;
  }
}

/** Whether a password with an unescaped `/`, `?` or `#` lets the host seem to come early: what follows is the password. */
function isTornByPassword(url: URL): boolean {
  return `${url.pathname}${url.search}${url.hash}`.includes('@');
}

/** A URL with its password starred out; anything where a password may stand elsewhere is starred out whole. */
export function hideSecret(url: string): string {
  try {
    const parsed = new URL(url);
    if (!parsed.hostname || isTornByPassword(parsed)) {
      return '***';
    }
    if (parsed.password) {
      parsed.password = '***';
    }
    for (const name of parsed.searchParams.keys()) {
      if (/pass|secret|key|token/i.test(name)) {
        parsed.searchParams.set(name, '***');
      }
    }
    return parsed.href;
  } catch {
    return '***';
  }
}

/** A list of databases' URLs; what is none may be part of a password. */
function hideSecrets(list: string): string {
  const urls = list.split(',').map(url => url.trim());
  return urls.map(url => (databaseUrl().safeParse(url).success ? hideSecret(url) : '***')).join(',');
}

function environmentWithFile(): NodeJS.ProcessEnv {
  const file = `${projectFolder}/.env`;
  if (existsSync(file)) {
    process.loadEnvFile(file);
  }
  return process.env;
}
