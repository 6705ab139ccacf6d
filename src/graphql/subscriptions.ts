import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler, Response } from 'express';
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
import type { Identity, RequestContext } from '../context.js';
import { notASubscription, queryTooDeep, unreadableRequest } from '../errors.js';
import type { Identification } from '../identify.js';
import { presentError, refusal } from './format-error.js';
import { checkCost, depthRule, isNestedTooDeep, maxNesting, maxTokens } from './limits.js';
import { variantOf } from './operation-variants.js';
import { checkPermissions } from './permission-check.js';
import { checkText } from './text-input.js';
import type { SentOperation, TrustedDocuments } from './trusted-documents.js';

/** Bytes of a message at the most; a subscription is far smaller. */
const maxMessage = 1024 * 1024;

/** How long a client of server-sent events may take nothing of what was sent, in milliseconds. */
const patience = 30_000;

/** How long clients have to end their side when the server closes, in milliseconds. */
const farewell = 1_000;

/** The transports of subscriptions. */
export interface SubscriptionServer {
  /** Answers by server-sent events. */
  sse: RequestHandler;
  /** Ends all sockets and streams; the subscriptions themselves have to be ended before. */
  close(): Promise<void>;
}

/** An operation as a client sends it. */
interface Parameters extends SentOperation {
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
  trusted: TrustedDocuments | undefined;
  identification: Identification;
  createContext: (identity: Identity) => RequestContext;
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}): SubscriptionServer {
  const { schema, config, corsOrigins, httpServer, path, trusted, identification, createContext, formatError } =
    options;

  /** What a client may see of an error, as an error. */
  const present = (error: unknown): GraphQLError => {
    const { message, locations, path: place, extensions } = presentError(error, formatError);
    return new GraphQLError(message, {
      extensions: extensions ?? {},
      ...(place && { path: place }),
      ...(locations && error instanceof GraphQLError && error.nodes && { nodes: error.nodes }),
    });
  };
  const presentAll = (result: ExecutionResult): ExecutionResult =>
    result.errors ? { ...result, errors: result.errors.map(present) } : result;

  /** What is executed, or why not. */
  const prepare = async (
    parameters: Parameters,
    headers: IncomingHttpHeaders,
    address: string | undefined,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> => {
    try {
      const identity = await identification.of(headers, { address, userAgent: headers['user-agent'] });
      const query = trusted ? trusted.textOf(parameters) : parameters.query;
      return check(schema, config, { ...parameters, query: query ?? '' }, identity);
    } catch (error) {
      return [present(error)];
    }
  };

  /**
   * Each event is executed in a context of its own, in which nothing is kept that was read for the one before, and only if
   * who subscribed may still see it.
   */
  const subscribe = async (args: ExecutionArgs) => {
    const identity = args.contextValue as Identity;
    const makeContext = async () => {
      const current = await identification.again(identity);
      checkPermissions(schema, variantOf(args.document, args.operationName, args.variableValues), current.viewer);
      return createContext(current);
    };
    const events = await createSourceEventStream({ ...args, contextValue: createContext(identity) });
    return Symbol.asyncIterator in events
      ? mapEvents(
          events as AsyncGenerator<unknown>,
          async rootValue => presentAll(await execute({ ...args, rootValue, contextValue: await makeContext() })),
          error => ({ errors: [present(error)] }),
        )
      : presentAll(events);
  };

  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessage });
  const disposable = useServer(
    {
      subscribe: subscribe as never,
      onSubscribe: async ({ connectionParams, extra: { request } }, _id, payload) => {
        // Browsers cannot send headers of their own with a WebSocket, so the client's parameters stand for them.
        const headers = { ...request.headers, ...asHeaders(connectionParams) };
        const prepared = await prepare(payload, headers, request.socket.remoteAddress);
        return 'schema' in prepared ? prepared : [...prepared];
      },
      isProd: true,
    },
    sockets,
  );
  const isAllowed = ({ headers: { origin } }: IncomingMessage) =>
    corsOrigins === true || origin === undefined || corsOrigins.includes(origin);
  httpServer.on('upgrade', (request, socket, head) => {
    // Node leaves an upgraded socket to its taker, and an error that nobody listens to ends the process.
    socket.on('error', () => socket.destroy());
    // Not by `URL`, which throws for what some clients send, such as `//`.
    if (request.url?.split('?', 1)[0] !== path || !isAllowed(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, opened => sockets.emit('connection', opened, request));
  });

  const streams = new Map<Response, Promise<void>>();
  const stream = createHandler({
    subscribe: subscribe as never,
    // With tokens, clients could reserve streams here as they please, and each would be kept for ever.
    authenticate: () => null,
    onSubscribe: async ({ raw }, parameters) => {
      const prepared = await prepare(parameters, raw.headers, raw.ip);
      // With data, which is null, it is a result to the library, and becomes an event like any other.
      return 'schema' in prepared ? (prepared as never) : ({ data: null, errors: prepared } as never);
    },
    // The library takes results as they come and keeps them until they are sent, however slow the client is.
    onNext: (_context, { context }) => whenTaken(context.res),
  });
  return {
    sse: (request, response, next) => {
      if (!['GET', 'POST'].includes(request.method) || !request.headers.accept?.includes(eventStream)) {
        next(
          unreadableRequest(`Only events are sent here; send GET or POST with the header \`Accept: ${eventStream}\`.`),
        );
        return;
      }
      // The library knows the type only where it stands alone.
      request.headers.accept = eventStream;
      const sent = stream(request, response)
        .catch(next)
        .finally(() => streams.delete(response));
      streams.set(response, sent);
    },
    close: async () => {
      const closed = Promise.all([disposable.dispose(), ...streams.values()]);
      await Promise.race([closed, sleep(farewell, undefined, { ref: false })]);
      // Who reads nothing does not say goodbye either.
      sockets.clients.forEach(client => client.terminate());
      for (const response of streams.keys()) {
        response.destroy();
      }
    },
  };
}

const eventStream = 'text/event-stream';

/** Waits until a client has taken all that was sent; one that takes nothing for long is given up. */
async function whenTaken(response: ServerResponse): Promise<void> {
  if (!response.headersSent || response.destroyed) {
    return;
  }
  const timer = setTimeout(() => response.destroy(), patience).unref();
  // A comment, which clients skip: it has gone out once all before it has.
  await new Promise<void>(resolve => response.write(':\n\n', () => resolve()));
  clearTimeout(timer);
}

/**
 * An operation that may be executed.
 * @throws GraphQLError or DomainError when it may not
 */
function check(
  schema: GraphQLSchema,
  config: Config['graphql'],
  { query: text, operationName, variables }: Parameters & { query: string },
  identity: Identity,
): ExecutionArgs | readonly GraphQLError[] {
  if (isNestedTooDeep(text)) {
    throw refusal(queryTooDeep('brackets', maxNesting));
  }
  const document = read(text);
  const rules = [
    ...specifiedRules,
    ...(config.explorer ? [] : [NoSchemaIntrospectionCustomRule]),
    depthRule(config.maxDepth),
  ];
  const [error] = validate(schema, document, rules, { hideSuggestions: !config.explorer });
  if (error) {
    throw withCode(error, 'GRAPHQL_VALIDATION_FAILED');
  }
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) {
    throw refusal(notASubscription());
  }
  checkText(document, variables);
  const variant = variantOf(document, operationName, variables)!;
  checkCost(schema, variant, variables, config.maxCost);
  checkPermissions(schema, variant, identity.viewer);
  return {
    schema,
    document,
    variableValues: variables ?? null,
    operationName: operationName ?? null,
    contextValue: identity,
  };
}

/** A client's parameters as headers: their names count regardless of case, and only texts can be headers. */
function asHeaders(parameters: Record<string, unknown> | undefined): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(parameters ?? {})
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      // As Node reads headers.
      .map(([name, value]) => [name.toLowerCase(), Buffer.from(value).toString('latin1')]),
  );
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

/**
 * One result for each event. An error ends it, as its last result, so that the transports see none that was not presented.
 *
 * Not an async generator: one that waits for its source can be ended only after the next event.
 */
function mapEvents<Event, Result>(
  events: AsyncGenerator<Event>,
  map: (event: Event) => Promise<Result>,
  failed: (error: unknown) => Result,
): AsyncIterableIterator<Result> {
  let ended = false;
  const end = async (): Promise<IteratorResult<Result>> => {
    ended = true;
    await events.return(undefined);
    return { done: true, value: undefined };
  };
  return {
    next: async () => {
      try {
        const event = ended ? ({ done: true } as const) : await events.next();
        return event.done ? { done: true, value: undefined } : { done: false, value: await map(event.value) };
      } catch (error) {
        await end().catch(() => {});
        return { done: false, value: failed(error) };
      }
    },
    return: end,
    throw: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
