import type { IncomingMessage, Server } from 'node:http';
import type { RequestHandler } from 'express';
import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/express';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Config } from '../config.js';
import type { RequestContext } from '../context.js';
import { notASubscription, queryTooDeep } from '../errors.js';
import { actorOf } from './actor.js';
import { refusal } from './format-error.js';
import { checkCost, depthRule, isNestedTooDeep, maxNesting, maxTokens } from './limits.js';
import { checkText } from './text-input.js';

/** Bytes of a message at the most; a subscription is far smaller. */
const maxMessage = 1024 * 1024;

/** The transports of subscriptions. */
export interface SubscriptionServer {
  /** Answers by server-sent events. */
  sse: RequestHandler;
  /** Ends all sockets. */
  close(): Promise<void>;
}

/** An operation as a client sends it. */
interface Parameters {
  query?: string | null;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

/**
 * Serves subscriptions over WebSocket (graphql-ws, on the path of the endpoint) and over server-sent events (graphql-sse),
 * with the limits and the errors of all other requests.
 */
export function createSubscriptionServer(options: {
  schema: GraphQLSchema;
  config: Config['graphql'];
  corsOrigins: Config['http']['corsOrigins'];
  httpServer: Server;
  path: string;
  createContext: (actor: string) => RequestContext;
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}): SubscriptionServer {
  const { schema, config, corsOrigins, httpServer, path, createContext, formatError } = options;

  const present = (error: GraphQLError): GraphQLError => {
    const { message, locations, path: place, extensions } = formatError(error.toJSON(), error);
    return new GraphQLError(message, {
      extensions: extensions ?? {},
      ...(place && { path: place }),
      ...(locations && error.nodes && { nodes: error.nodes }),
    });
  };
  const presentAll = (result: ExecutionResult): ExecutionResult =>
    result.errors ? { ...result, errors: result.errors.map(present) } : result;

  /** What is executed, or why not. */
  const prepare = (parameters: Parameters, actor: string): ExecutionArgs | readonly GraphQLError[] => {
    try {
      return check(schema, config, parameters, () => createContext(actor));
    } catch (error) {
      return [
        present(
          error instanceof GraphQLError ? error : new GraphQLError(String(error), { originalError: error as Error }),
        ),
      ];
    }
  };

  /** Each event is executed in a context of its own, in which nothing is kept that was read for the one before. */
  const subscribe = async (args: ExecutionArgs) => {
    const makeContext = args.contextValue as () => RequestContext;
    const events = await createSourceEventStream({ ...args, contextValue: makeContext() });
    return Symbol.asyncIterator in events
      ? mapEvents(events as AsyncGenerator<unknown>, async rootValue =>
          presentAll(await execute({ ...args, rootValue, contextValue: makeContext() })),
        )
      : presentAll(events);
  };

  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessage });
  const disposable = useServer(
    {
      subscribe: subscribe as never,
      onSubscribe: ({ extra }, _id, payload) => {
        const prepared = prepare(payload, actorOf(extra.request));
        return 'schema' in prepared ? prepared : [...prepared];
      },
    },
    sockets,
  );
  const isAllowed = ({ headers: { origin } }: IncomingMessage) =>
    corsOrigins === true || origin === undefined || corsOrigins.includes(origin);
  httpServer.on('upgrade', (request, socket, head) => {
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== path || !isAllowed(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, opened => sockets.emit('connection', opened, request));
  });

  const sse = createHandler({
    subscribe: subscribe as never,
    onSubscribe: ({ raw }, parameters) => {
      const prepared = prepare(parameters, actorOf(raw));
      // With data, which is null, it is a result to the library, and becomes an event like any other.
      return 'schema' in prepared ? (prepared as never) : ({ data: null, errors: prepared } as never);
    },
  });
  return {
    sse: (request, response, next) => void sse(request, response).catch(next),
    close: async () => disposable.dispose(),
  };
}

/**
 * An operation that may be executed.
 * @throws GraphQLError or DomainError when it may not
 */
function check(
  schema: GraphQLSchema,
  config: Config['graphql'],
  { query, operationName, variables }: Parameters,
  makeContext: () => RequestContext,
): ExecutionArgs | readonly GraphQLError[] {
  const text = query ?? '';
  if (isNestedTooDeep(text)) {
    throw refusal(queryTooDeep('brackets', maxNesting));
  }
  const document = read(text);
  const rules = [
    ...specifiedRules,
    ...(config.explorer ? [] : [NoSchemaIntrospectionCustomRule]),
    depthRule(config.maxDepth),
  ];
  const [error] = validate(schema, document, rules);
  if (error) {
    throw withCode(error, 'GRAPHQL_VALIDATION_FAILED');
  }
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) {
    throw refusal(notASubscription());
  }
  checkText(document, variables);
  checkCost(schema, document, variables, operationName, config.maxCost);
  return {
    schema,
    document,
    variableValues: variables ?? null,
    operationName: operationName ?? null,
    contextValue: makeContext,
  };
}

function read(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens });
  } catch (error) {
    throw withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED');
  }
}

/** An error of GraphQL itself with the code that Apollo gives it elsewhere; one of ours keeps its own. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, originalError } = error;
  return new GraphQLError(message, { nodes, source, positions, originalError, extensions: { code } });
}

/** Not an async generator: one that waits for its source can be ended only after the next event. */
function mapEvents<Event, Result>(
  events: AsyncGenerator<Event>,
  map: (event: Event) => Promise<Result>,
): AsyncIterableIterator<Result> {
  const pass = async (result: IteratorResult<Event>): Promise<IteratorResult<Result>> =>
    result.done ? { done: true, value: undefined } : { done: false, value: await map(result.value) };
  return {
    next: async () => pass(await events.next()),
    return: async () => pass(await events.return(undefined)),
    throw: async (error: unknown) => pass(await events.throw(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
