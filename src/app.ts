import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MikroORM } from '@mikro-orm/postgresql';
import cors from 'cors';
import express, { type RequestHandler } from 'express';
import type { Config } from './config.js';
import { ConfigError } from './config/parse-settings.js';
import type { Identity, RequestContext } from './context.js';
import { AccessTokens } from './auth/access-tokens.js';
import { signedInHeaders } from './auth/explorer-session.js';
import { Housekeeping } from './auth/housekeeping.js';
import { Viewers } from './auth/viewers.js';
import { Identification } from './identify.js';
import { dropReplacedSchemas } from './backup/restore/replaced-schemas.js';
import { servedSchemas } from './tenancy/tenant.details.js';
import { Provisioner } from './tenancy/provisioner.js';
import { inviteOwner, registrar } from './tenancy/registration.js';
import { TenantState } from './tenancy/tenant.entity.js';
import { TenantRegistry, tenantsChannel } from './tenancy/registry.js';
import { TenantOperations } from './tenant-operations.js';
import type { Viewer } from './viewer.js';
import { Notifications } from './database/notifications.js';
import { sampleUsers } from '../seeders/sample-users.js';
import { Loaders } from './database/loaders.js';
import { defaultTenantSchema, platformSchema, runtimeOptions } from './database/orm.options.js';
import { LastWrites } from './database/last-writes.js';
import { ReadPool } from './database/reader.js';
import { Replica } from './database/replica.js';
import { Replicas } from './database/replicas.js';
import { type Actor, Transactions } from './database/transactions.js';
import { platformEntities, tenantEntities } from './entities.js';
import { graphiql } from './graphql/explorer.js';
import { errorFormatter } from './graphql/format-error.js';
import { DirectAnswers } from './graphql/direct-answers.js';
import { directListener } from './graphql/direct-requests.js';
import { serveGraphQL } from './graphql/http.js';
import { KnownDocuments } from './graphql/known-documents.js';
import { nestingLimit } from './graphql/limits.js';
import { PersistedQueries, persistedOperations } from './graphql/persisted-operations.js';
import { readFromReplica } from './graphql/replica-reads.js';
import { createGraphQLServer } from './graphql/server.js';
import { createSubscriptionServer } from './graphql/subscriptions.js';
import { TrustedDocuments } from './graphql/trusted-documents.js';
import { HistoryFeed, historyChannel } from './history/history-feed.js';
import { createMailing } from './mail/mailing.js';
import { OutboxRelay } from './outbox/relay.js';
import { webhookOutbox } from './webhooks/webhook-outbox.js';
import { OperationPlans } from './plans/operation-plans.js';
import { notJson, refuseRequest, unreadableRequests } from './graphql/unreadable-requests.js';
import { readBuild } from './migrate/build.js';
import { Heartbeat } from './migrate/expand/heartbeat.js';
import { Readiness } from './migrate/readiness.js';
import { healthHandler, liveHandler, readyHandler } from './observability/health.js';
import { createLogger } from './observability/logger.js';
import { createApiSchema } from './schema.js';

/** Bytes of a request's body at the most: a page full of queries is far smaller. */
const maxBody = 2 ** 20;

/**
 * Milliseconds that a connection without a request is kept: longer than load balancers in front keep it as a rule (60 s), who
 * would answer a request by a 502 that they send just as it is closed.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
 */
const idleConnectionTimeout = 65_000;

/** The running API. */
export interface App {
  /** Where it serves, such as http://localhost:4000. */
  url: string;
  /** Lets requests under way end, then closes all connections. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the API on a database that stands and is migrated.
 * @param databaseUrl the database without a pooler between
 */
export async function startApp(config: Config, databaseUrl: string): Promise<App> {
  if (config.environment === 'production' && config.auth.tokenSecrets === undefined) {
    throw new ConfigError(
      'In production all processes need the same secret for access tokens: set TOKEN_SECRETS, such as to what "openssl rand -base64 32" prints.',
    );
  }
  const { trustedDocuments } = config.graphql;
  const trusted = trustedDocuments === undefined ? undefined : await TrustedDocuments.read(trustedDocuments);
  const logger = createLogger(config.logLevel, config.environment !== 'production');
  const { poolMax, statementTimeout, preparedStatements } = config.database;
  const connections = {
    url: config.database.directUrl === undefined ? databaseUrl : config.database.url!,
    poolMax,
    statementTimeout,
    preparedStatements,
  };
  const orm = await MikroORM.init(
    runtimeOptions({ ...connections, entities: [...platformEntities, ...tenantEntities] }),
  );
  const reads = ReadPool.of(orm);
  const servers = config.database.replicas.map(url => new Replica({ ...connections, url }, logger));
  const transactions = new Transactions(orm, reads, servers.length > 0);
  const notifications = new Notifications(databaseUrl, logger);
  const replicas =
    servers.length > 0
      ? new Replicas(servers, reads, new LastWrites(notifications), config.database.replicaMaxLag)
      : undefined;
  const feed = new HistoryFeed(notifications, schema => reads.reader(schema), logger);
  const registry = new TenantRegistry(reads, notifications);
  const webhooks = webhookOutbox(config.webhooks, {
    schemas: () => servedSchemas(reads.reader(platformSchema)),
    isServed: async served => (await registry.bySchema(served))?.state === TenantState.ACTIVE,
  });
  const relay = new OutboxRelay(webhooks, schema => reads.reader(schema), logger);
  notifications.on(historyChannel, payload => relay.wake((JSON.parse(payload) as { schema: string }).schema));
  const mailing = createMailing(config, reads.reader(platformSchema), notifications, logger);
  const housekeeping = new Housekeeping(reads.reader(platformSchema), logger, () =>
    dropReplacedSchemas((text, values) => reads.run(text, values)),
  );
  const heartbeat = new Heartbeat((text, values) => reads.run(text, values), readBuild, logger);
  const tokens = new AccessTokens(config.auth.tokenSecrets, config.auth.accessTokenMinutes);
  const viewers = new Viewers(reads, notifications, config.auth.publicCatalogue);
  const accounts = {
    tokens,
    sessionDays: config.auth.sessionDays,
    appUrl: config.mail.appUrl,
    forgetUser: (schema: string, user: string) => viewers.forgetUser(schema, user),
  };
  const identification = new Identification(registry, viewers, tokens, config.tenancy.defaultTenant);
  const operations = new TenantOperations(databaseUrl, {
    folder: config.tenancy.archiveFolder,
    keys: config.backup.keys,
  });
  const { buildTables, seed, writeArchive } = operations;
  const { openRegistration } = config.tenancy;
  const provisioner = new Provisioner(
    transactions.of(platformSchema, registrar),
    buildTables,
    (transaction, tenant) => inviteOwner(transaction, tenant, accounts),
    logger,
  );
  notifications.on(tenantsChannel, () => provisioner.wake());
  const createContext = (identity: Identity): RequestContext => {
    const { schema } = identity.tenant;
    const reader = reads.reader(schema);
    return {
      ...identity,
      reader,
      loaders: new Loaders(reader),
      transact: transactions.of(schema, actorOf(identity.viewer)),
      accounts,
      tenancy: { buildTables, seed, writeArchive, openRegistration },
      historyFeed: () => feed.subscribe(schema),
      ...config.orders,
      ...config.guide,
    };
  };
  // No ETag: answers come by POST and belong to one person, so no cache would ask for it, and each costs a hash of itself.
  const app = express().disable('x-powered-by').disable('etag').set('trust proxy', config.http.trustedProxies);
  const httpServer = createServer({ shouldUpgradeCallback: isWebSocket, keepAliveTimeout: idleConnectionTimeout });
  const schema = await createApiSchema();
  for (const misfit of trusted?.misfits(schema) ?? []) {
    logger.warn(misfit, 'a document of TRUSTED_DOCUMENTS does not fit the schema, and will be refused');
  }
  const formatError = errorFormatter(logger);
  const plans = config.graphql.readPlans ? new OperationPlans(schema) : undefined;
  const documents = new KnownDocuments();
  const persisted = new PersistedQueries();
  // In development the explorers are signed in as the sample data's owner, so that the first query works at once.
  const explorerHeaders =
    config.environment === 'development' && config.database.seed
      ? signedInHeaders(
          { reader: reads.reader(defaultTenantSchema), transact: transactions.of(defaultTenantSchema, nobody), tokens },
          async () => (await registry.default())!.id,
          sampleUsers.OWNER.email,
        )
      : async () => ({});
  const graphql = createGraphQLServer({
    schema,
    config: config.graphql,
    plans,
    documents,
    persisted,
    logger,
    httpServer,
    replicas,
    explorerHeaders,
    formatError,
  });
  const subscriptions = createSubscriptionServer({
    schema,
    config: config.graphql,
    corsOrigins: config.http.corsOrigins,
    httpServer,
    path: '/graphql',
    trusted,
    identification,
    createContext,
    formatError,
  });
  await graphql.start();

  app.get('/live', liveHandler);
  app.get('/health', healthHandler(reads, replicas));
  const readiness = new Readiness(databaseUrl, readBuild);
  app.get(
    '/ready',
    readyHandler(() => readiness.missing()),
  );
  const allowedOrigins = cors({ origin: config.http.corsOrigins, methods: ['GET', 'POST'] });
  httpServer.on(
    'request',
    plans
      ? directListener({
          path: '/graphql',
          maxBody,
          answers: new DirectAnswers({
            schema,
            maxCost: config.graphql.maxCost,
            documents,
            plans,
            persisted,
            trusted,
            formatError,
          }),
          contextOf: async ({ headers }) => {
            const context = createContext(await identification.of(headers, unknownClient));
            return replicas ? readFromReplica(context, replicas) : context;
          },
          allowedOrigins,
          others: app,
          refuseBody: response => refuseRequest(response, notJson, maxBody, formatError),
        })
      : app,
  );
  app.use(
    '/graphql/stream',
    allowedOrigins,
    express.json({ limit: maxBody }),
    persistedOperations(trusted),
    subscriptions.sse,
    unreadableRequests(maxBody, formatError),
  );
  app.use(
    '/graphql',
    allowedOrigins,
    express.json({ limit: maxBody }),
    persistedOperations(trusted),
    nestingLimit,
    identifies(identification),
    serveGraphQL(graphql, response => createContext(response.locals['identity'] as Identity)),
    unreadableRequests(maxBody, formatError),
  );
  if (config.graphql.explorer) {
    app.get('/graphiql', graphiql('/graphql', explorerHeaders));
    app.get('/', (_request, response) => response.redirect('/graphql'));
  }

  let closing: Promise<void> | undefined;
  const end = async () => {
    // First what would keep connections open for good.
    await Promise.all([feed.close(), notifications.close(), subscriptions.close()]);
    await Promise.all([graphql.stop(), relay.close(), mailing?.close(), housekeeping.close(), provisioner.close()]);
    await replicas?.close();
    await heartbeat.close();
    await Promise.all([operations.close(), orm.close(true)]);
  };
  const close = () => (closing ??= end());
  try {
    await listen(httpServer, config.http);
    notifications.start();
    replicas?.start();
    relay.start();
    mailing?.start();
    provisioner.start();
    housekeeping.start();
    heartbeat.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url: urlOf(httpServer, config.http.host), close };
}

/** Where a request comes from, for reads: nothing that they give depends on it. */
const unknownClient = { address: undefined, userAgent: undefined };

/** Finds out who sends a request, before GraphQL sees it: so what is wrong with it is told with a status of its own. */
function identifies(identification: Identification): RequestHandler {
  return async (request, response, next) => {
    const client = { address: request.ip, userAgent: request.headers['user-agent'] };
    response.locals['identity'] = await identification.of(request.headers, client);
    next();
  };
}

/** Who changes something where nobody has signed in. */
const nobody: Actor = { name: 'anonymous', user: null };

/** Who changes something, for the history. */
function actorOf({ user }: Viewer): Actor {
  return user ? { name: user.name, user: user.id } : nobody;
}

/** Whether a request asks for a WebSocket. One that offers HTTP/2, as Java's client does, is answered as it is. */
function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** How many ports after the first are tried. */
const portsToTry = 20;

async function listen(server: Server, { host, port, orNextPort }: Config['http']): Promise<void> {
  for (let next = port; ; next += 1) {
    try {
      return await listenOn(server, host, next);
    } catch (error) {
      const inUse = (error as { code?: string }).code === 'EADDRINUSE';
      if (!inUse || !orNextPort || next >= port + portsToTry) {
        throw error;
      }
    }
  }
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  // An address that means "all" is none that a browser opens.
  const shown = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
