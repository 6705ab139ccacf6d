import type { Server } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import type { FormattedExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { RequestContext } from '../context.js';
import { JsonText } from '../plans/json-text.js';
import { costReport } from './cost-report.js';
import { createExecutor } from './executor.js';
import { type ExplorerHeaders, landingPage } from './explorer.js';
import { costLimit, depthRule, maxTokens } from './limits.js';
import { persistedQueryCache } from './persisted-operations.js';
import { permissionCheck } from './permission-check.js';
import { checkTextInput } from './text-input.js';

/** The text of an answer. What PostgreSQL wrote as JSON is sent as it stands. */
function stringifyResult({ errors, data, extensions }: FormattedExecutionResult): string {
  const parts = [
    errors && `"errors":${JSON.stringify(errors)}`,
    data !== undefined && `"data":${data instanceof JsonText ? data.text : JSON.stringify(data)}`,
    extensions && `"extensions":${JSON.stringify(extensions)}`,
  ];
  return `{${parts.filter(Boolean).join(',')}}\n`;
}

/** Makes the GraphQL server: the schema behind its limits, with errors that leak nothing. */
export function createGraphQLServer(options: {
  schema: GraphQLSchema;
  config: Config['graphql'];
  logger: Logger;
  httpServer: Server;
  explorerHeaders: ExplorerHeaders;
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}): ApolloServer<RequestContext> {
  const { schema, config, logger, httpServer, explorerHeaders, formatError } = options;
  return new ApolloServer<RequestContext>({
    gateway: createExecutor(schema, config.readPlans),
    stringifyResult,
    introspection: config.explorer,
    hideSchemaDetailsFromClientErrors: !config.explorer,
    includeStacktraceInErrorResponses: false,
    formatError,
    logger: logger.child({ part: 'apollo' }),
    parseOptions: { maxTokens },
    // Trusted documents have their texts before they come here.
    persistedQueries: config.trustedDocuments === undefined && { cache: persistedQueryCache() },
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
      costReport(),
    ],
  });
}
