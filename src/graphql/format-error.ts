import { randomUUID } from 'node:crypto';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { isConnectionFailure } from '../database/connection-failure.js';
import { databaseTimeout, databaseUnavailable, DomainError, internalError, tryAgain } from '../errors.js';

/**
 * Makes what callers see of an error: the domain's errors and GraphQL's own as they are, and of all else only that
 * something went wrong, with a reference to the log, so that no SQL, stack or path leaves the server.
 */
export function errorFormatter(
  logger: Logger,
): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const cause = causeOf(error);
    if (cause instanceof DomainError) {
      return present(formatted, cause);
    }
    if (cause instanceof GraphQLError && formatted.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR') {
      return { ...formatted, extensions: { code: formatted.extensions?.['code'] } };
    }
    const reference = randomUUID();
    logger.error({ err: cause, path: formatted.path, reference }, 'request failed');
    return present(formatted, presentable(cause, reference));
  };
}

/** What callers see of an error that does not go by Apollo. One without a code is nobody's that is known, as there. */
export function presentError(
  error: unknown,
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError,
): GraphQLFormattedError {
  const known = error instanceof GraphQLError ? error : undefined;
  const extensions = { code: 'INTERNAL_SERVER_ERROR', ...known?.extensions };
  return formatError({ message: '', ...known?.toJSON(), extensions }, error);
}

function presentable(cause: unknown, reference: string): DomainError {
  const { code = '' } = cause as { code?: string };
  if (code === queryCanceled) {
    return databaseTimeout();
  }
  if (lostRaces.includes(code)) {
    return tryAgain();
  }
  return isUnavailable(cause) ? databaseUnavailable() : internalError(reference);
}

/** What PostgreSQL says of a transaction that lost to another: a serialisation failure, or a deadlock. */
const lostRaces = ['40001', '40P01'];

/** What PostgreSQL says of a statement that ran into its time limit. */
const queryCanceled = '57014';

function causeOf(error: unknown): unknown {
  const isRefusal = error instanceof GraphQLError && error.originalError instanceof DomainError;
  return isRefusal ? error.originalError : unwrapResolverError(error);
}

/** A domain's error that refuses a request before it is executed, and the HTTP status that it is answered with. */
export function refusal({ code, message }: DomainError, status = 400): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}

function present({ locations, path }: GraphQLFormattedError, { code, message }: DomainError): GraphQLFormattedError {
  return { message, ...(locations && { locations }), ...(path && { path }), extensions: { code } };
}

/**
 * Whether the database could not be reached, or said so itself: PostgreSQL's codes for a connection that failed or was ended
 * (08, 57P), for too little of something (53, such as connections), and for a database that is not there (3D000).
 */
function isUnavailable(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return isConnectionFailure(error) || /^(08|53|57P|3D000)/.test(code);
}
