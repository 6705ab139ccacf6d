import { existsSync } from 'node:fs';
import type { BackupKeys } from './backup/archive/encryption.js';
import type { StorageSettings } from './backup/storage/open-storage.js';
import { parseSettings, type Values } from './config/parse-settings.js';
import { bucketUrl } from './config/settings.js';
import { projectFolder } from './project-folder.js';

/** Connections of a start, and of each of its workers when those are several, when DATABASE_POOL_MAX does not say. */
const defaultPool = { least: 10, ofWorker: 5 };

/** Where the API is served when PORT does not say. */
const defaultPort = 4000;

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
  /** Where backups of tenants are kept, whom they are encrypted for, and by which keys they are read. */
  backup: { storage: StorageSettings; keys: BackupKeys };
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
    backup: {
      storage: toStorage(values),
      keys: { recipients: values.BACKUP_RECIPIENTS, identities: values.BACKUP_IDENTITIES },
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

function toStorage({
  BACKUP_STORAGE: place = `${projectFolder}/.pier2/backups`,
  BACKUP_STORAGE_ENDPOINT: endpoint,
  AWS_REGION: region,
}: Values): StorageSettings {
  const [, name, prefix] = bucketUrl.exec(place) ?? [];
  return name
    ? { bucket: { name, prefix: prefix ? `${prefix.replace(/\/$/, '')}/` : '', endpoint, region } }
    : { folder: place };
}

function environmentWithFile(): NodeJS.ProcessEnv {
  const file = `${projectFolder}/.env`;
  if (existsSync(file)) {
    process.loadEnvFile(file);
  }
  return process.env;
}
