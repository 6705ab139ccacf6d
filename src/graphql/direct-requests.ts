import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type cors from 'cors';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import type { RequestContext } from '../context.js';
import type { DirectAnswers, DirectQuery } from './direct-answers.js';

/** What the listener of direct requests works with. */
export interface DirectRequests {
  path: string;
  /** Bytes of a body at the most. */
  maxBody: number;
  answers: DirectAnswers;
  /** Who asks, and what their reads work with. */
  contextOf: (request: IncomingMessage) => Promise<RequestContext>;
  allowedOrigins: ReturnType<typeof cors>;
  /** Takes all other requests, some with their body read already, as `request.body`. */
  others: RequestListener;
  /** Answers a request whose body is not what it should be. */
  refuseBody: (response: ServerResponse) => void;
}

/**
 * Takes requests before Express does, and answers those that {@link DirectAnswers} can. Express, its body parser and
 * Apollo take as long as all the rest of a small query.
 */
export function directListener(options: DirectRequests): RequestListener {
  return (request, response) => {
    const contentType = isPlain(request, options) && contentTypeFor(request.headers.accept);
    if (!contentType) {
      options.others(request, response);
      return;
    }
    readText(request, text => {
      const body = parse(text);
      if (body === undefined) {
        options.allowedOrigins(request, response, () => options.refuseBody(response));
        return;
      }
      const query = options.answers.recognise(body);
      if (query) {
        void answer(options, query, contentType, request, response, body);
      } else {
        leave(options, request, response, body);
      }
    });
  };
}

async function answer(
  options: DirectRequests,
  query: DirectQuery,
  contentType: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: object,
): Promise<void> {
  let text: string | undefined;
  try {
    text = await options.answers.answer(query, await options.contextOf(request));
  } catch {
    // Who it is could not be told; that is told where all requests go.
  }
  if (text === undefined) {
    leave(options, request, response, body);
    return;
  }
  const answered = text;
  options.allowedOrigins(request, response, () => {
    response.writeHead(200, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(answered),
    });
    response.end(answered);
  });
}

/** Leaves a request whose body was read to others. */
function leave({ others }: DirectRequests, request: IncomingMessage, response: ServerResponse, body: object): void {
  others(Object.assign(request, { body }), response);
}

/** Whether it is a request for GraphQL with a body of JSON that stands there as it is. */
function isPlain({ method, url, headers }: IncomingMessage, { path, maxBody }: DirectRequests): boolean {
  const length = Number(headers['content-length'] ?? 0);
  return (
    method === 'POST' &&
    url === path &&
    length > 0 &&
    length <= maxBody &&
    headers['content-encoding'] === undefined &&
    /^application\/json(; *charset=utf-8)?$/i.test(headers['content-type'] ?? '')
  );
}

function readText(request: IncomingMessage, then: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => then((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()));
}

/** An object or a list of JSON, as Express reads bodies. */
function parse(text: string): object | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

const contentTypes = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'];

/** What clients accept, of which there are few kinds. */
const accepted = new LRUCache<string, string>({ max: 100 });

/** The type of the answer that a client likes best, as Apollo chooses it; empty where it likes none of them. */
function contentTypeFor(accept: string | undefined): string {
  if (!accept) {
    return contentTypes[0]!;
  }
  let type = accepted.get(accept);
  if (type === undefined) {
    type = new Negotiator({ headers: { accept } }).mediaType(contentTypes) ?? '';
    accepted.set(accept, type);
  }
  return type;
}
