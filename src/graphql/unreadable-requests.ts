import type { ServerResponse } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import type { GraphQLFormattedError } from 'graphql';
import { DomainError, requestTooLarge, unreadableRequest } from '../errors.js';

/** Answers a request that fails before GraphQL sees it as GraphQL answers errors, not with a page that shows a stack. */
export function unreadableRequests(
  maxBody: number,
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError,
): ErrorRequestHandler {
  return (error: RequestError, _request, response, next) => {
    if (response.headersSent) {
      next(error);
    } else {
      refuseRequest(response, error, maxBody, formatError);
    }
  };
}

/** What is wrong with a request: an error of the domain, or one of the body parser. */
type RequestError = DomainError | { status?: number; type?: string };

/** Answers a request with what is wrong with it. */
export function refuseRequest(
  response: ServerResponse,
  error: RequestError,
  maxBody: number,
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError,
): void {
  const status = error instanceof DomainError ? (statuses[error.code] ?? 400) : (error.status ?? 500);
  const refused = status < 500 && !(error instanceof DomainError) ? describe(error.type, maxBody) : error;
  const formatted = formatError({ message: '' }, refused);
  const isUnavailable = formatted.extensions?.['code'] === 'DATABASE_UNAVAILABLE';
  response.writeHead(isUnavailable ? 503 : status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [formatted] }));
}

/** What the body parser says of a body that is no JSON. */
export const notJson = { status: 400, type: 'entity.parse.failed' };

function describe(type: string | undefined, maxBody: number): DomainError {
  return type === 'entity.too.large'
    ? requestTooLarge(`${maxBody / 2 ** 20}MB`)
    : unreadableRequest(reasons[type ?? ''] ?? 'The request could not be read; send a JSON object in UTF-8.');
}

/** What is wrong, by the body parser's types of errors. */
const reasons: Record<string, string> = {
  [notJson.type]: 'The request’s body is not a JSON object; send one such as {"query": "{ __typename }"}.',
  'charset.unsupported': 'The request’s character set is not supported; send JSON in UTF-8.',
  'encoding.unsupported': 'The request’s content-encoding is not supported; send gzip, deflate, br or none.',
};

/** The HTTP status of a refusal, where it is not 400. */
const statuses: Record<string, number> = {
  INVALID_TOKEN: 401,
  TOKEN_EXPIRED: 401,
  SESSION_ENDED: 401,
  TENANT_MISMATCH: 403,
  TENANT_SUSPENDED: 403,
  UNKNOWN_TENANT: 404,
  TENANT_NOT_READY: 409,
};
