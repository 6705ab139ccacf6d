import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { databaseUrl } from './database-url.js';

const flag = z.enum(['true', 'false']).transform(value => value === 'true');

/** One entry a setting: how its text is read, and in words what would be right, for the error and for `.env.example`. */
export const settings = {
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
  BACKUP_STORAGE: [
    z.string().trim().min(1).refine(isStorage).optional(),
    'the path of a folder, or s3://bucket/prefix for S3 (the prefix may be left out)',
  ],
  BACKUP_STORAGE_ENDPOINT: [
    z.url({ protocol: /^https?$/, hostname: /./ }).optional(),
    'the http or https URL of a service that speaks S3, such as https://minio.example:9000',
  ],
  BACKUP_RECIPIENTS: [
    list()
      .refine(all => all.every(each => /^age1[a-z0-9]+$/.test(each)))
      .default([]),
    'recipients of age (age1…), separated by commas, such as the one that "pier2 backup generate-key" prints',
  ],
  BACKUP_IDENTITIES: [
    list()
      .refine(all => all.every(each => /^AGE-SECRET-KEY-[A-Z0-9-]+$/.test(each)))
      .default([]),
    'identities of age (AGE-SECRET-KEY-…), separated by commas',
  ],
  AWS_REGION: [z.string().trim().min(1).optional(), 'the name of a region, such as eu-central-1'],
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

/** A bucket, and what the names of its files begin with. */
export const bucketUrl = /^s3:\/\/([a-z\d][a-z\d._-]{1,61}[a-z\d])(?:\/((?:\w[\w.-]*\/)*(?:\w[\w.-]*)?))?$/;

/** The names of all settings, in the order of `.env.example`. */
export const settingNames = Object.keys(settings);

/** Texts that are separated by commas. */
function list() {
  return z.string().transform(text => text.split(',').map(each => each.trim()));
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

/** Whether a text names a folder or a bucket; one with another scheme is a slip, and no folder. */
function isStorage(text: string): boolean {
  return /^[a-z][a-z\d+.-]+:\/\//i.test(text) ? bucketUrl.test(text) : true;
}
