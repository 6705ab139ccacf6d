import type { Server } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { RequestContext } from '../context.js';
import type { Replicas } from '../database/replicas.js';
import type { OperationPlans } from '../plans/operation-plans.js';
import { costReport } from './cost-report.js';
import { createExecutor } from './executor.js';
import { type ExplorerHeaders, landingPage } from './explorer.js';
import type { KnownDocuments } from './known-documents.js';
import { costLimit, depthRule, maxTokens } from './limits.js';
import type { PersistedQueries } from './persisted-operations.js';
import { permissionCheck } from './permission-check.js';
import { replicaReads } from './replica-reads.js';
import { stringifyResult } from './stringify-result.js';
import { checkTextInput } from './text-input.js';

/** Makes the GraphQL server: the schema behind its limits, with errors that leak nothing. */
export function createGraphQLServer(options: {
  schema: GraphQLSchema;
  config: Config['graphql'];
  /** Undefined where only resolvers answer. */
  plans: OperationPlans | undefined;
  documents: KnownDocuments;
  persisted: PersistedQueries;
  logger: Logger;
  httpServer: Server;
  replicas: Replicas | undefined;
  explorerHeaders: ExplorerHeaders;
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}): ApolloServer<RequestContext> {
  const { schema, config, plans, documents, persisted, logger, httpServer, explorerHeaders, formatError } = options;
  return new ApolloServer<RequestContext>({
    gateway: createExecutor(schema, plans),
    stringifyResult,
    introspection: config.explorer,
    hideSchemaDetailsFromClientErrors: !config.explorer,
    includeStacktraceInErrorResponses: false,
    formatError,
    logger: logger.child({ part: 'apollo' }),
    parseOptions: { maxTokens },
    // Trusted documents have their texts before they come here.
    persistedQueries: config.trustedDocuments === undefined && { cache: persisted },
    validationRules: [depthRule(config.maxDepth)],
    stopOnTerminationSignals: false,
    plugins: [
      // It wraps every field, and no response of this API may be cached by others.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer }),
      landingPage(config.explorer, explorerHeaders),
      checkTextInput(),
      costLimit(config.maxCost),
      permissionCheck(),
      ...(options.replicas ? [replicaReads(options.replicas)] : []),
      costReport(),
      documents.plugin(),
    ],
  });
}
