/** How grave an error is: a person's to mend, a program's to mend, or ours. */
export type Severity = 'user' | 'client' | 'server';

/**
 * An error of the domain: what callers may see. Its message names the value and the remedy, and its code is stable, so
 * that programs can tell errors apart.
 */
export class DomainError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly severity: Severity = 'client',
  ) {
    super(message);
    this.name = code;
  }
}

/** An id that is none, or one of another type. */
export function invalidId(id: string, typeName: string | undefined): DomainError {
  const wanted = typeName ? `the id of ${article(typeName)} ${typeName}` : 'an id';
  return new DomainError('INVALID_ID', `${quote(id)} is not ${wanted}; use an \`id\` that this API gave you.`);
}

/** An id of something whose changes are not kept. */
export function withoutHistory(id: string): DomainError {
  return new DomainError('INVALID_ID', `${quote(id)} is the id of something without a history.`);
}

/** Page arguments that cannot be met. */
export function invalidPage(message: string): DomainError {
  return new DomainError('INVALID_PAGE', message);
}

/** A cursor that is broken, or of another list or order. */
export function invalidCursor(cursor: string): DomainError {
  return new DomainError(
    'INVALID_CURSOR',
    `${quote(cursor)} is not a cursor of this list in this order; take one from its \`pageInfo\` or \`edges\`.`,
  );
}

/** A time zone that is not in the IANA database. */
export function unknownTimeZone(timeZone: string): DomainError {
  return new DomainError(
    'UNKNOWN_TIME_ZONE',
    `${quote(timeZone)} is not a time zone; use a name of the IANA database, such as "Europe/London" or "UTC".`,
  );
}

/** A language that the Guide is not written in. */
export function unknownLanguage(code: string, known: readonly string[]): DomainError {
  return new DomainError(
    'UNKNOWN_LANGUAGE',
    `The Guide has no language ${quote(code)}; there are ${known.join(', ')}.`,
  );
}

/** A search that cannot be met. */
export function invalidSearch(message: string): DomainError {
  return new DomainError('INVALID_SEARCH', message);
}

/** A language of the settings whose text search configuration PostgreSQL has not. */
export function languageUnavailable(configuration: string): DomainError {
  return new DomainError(
    'LANGUAGE_UNAVAILABLE',
    `The database has no text search configuration ${quote(configuration)}; who runs this API mends GUIDE_LANGUAGES, or makes it there.`,
    'server',
  );
}

/** A range whose start is not before its end. */
export function invalidRange(
  from: Date | string,
  before: Date | string,
  fromName: string,
  beforeName: string,
): DomainError {
  const shown = (value: Date | string) => (typeof value === 'string' ? value : value.toISOString());
  return new DomainError(
    'INVALID_RANGE',
    `${fromName} (${shown(from)}) must be earlier than ${beforeName} (${shown(before)}).`,
  );
}

/** A contact that is neither an email address nor a telephone number. */
export function invalidContact(contact: string): DomainError {
  return new DomainError(
    'INVALID_CONTACT',
    `${quote(contact)} is neither an email address (with one "@") nor a telephone number (with 3 to 20 digits).`,
  );
}

/** A country code that is not of ISO 3166-1 alpha-2's form. */
export function invalidCountryCode(code: string): DomainError {
  return new DomainError(
    'INVALID_COUNTRY_CODE',
    `${quote(code)} is not a country code; use two letters, such as "GB".`,
  );
}

/** Text that PostgreSQL cannot hold, in the query or in a variable. */
export function invalidText(variable: string | undefined): DomainError {
  const where =
    variable === undefined ? 'the query' : /^\w{1,80}$/.test(variable) ? `the variable $${variable}` : 'a variable';
  return new DomainError(
    'INVALID_TEXT',
    `The text of ${where} holds a NUL character or half of a surrogate pair; send whole Unicode characters without NUL.`,
  );
}

/** Variables or arguments that do not fit their types, in the words of GraphQL. */
export function invalidVariables(message: string): DomainError {
  return new DomainError('BAD_USER_INPUT', message);
}

/** A subscription that was sent where an answer is given once. */
export function subscriptionByPost(): DomainError {
  return new DomainError(
    'OPERATION_RESOLUTION_FAILURE',
    'A subscription is not answered here; send it by WebSocket (graphql-ws) to /graphql, or for server-sent events (graphql-sse) to /graphql/stream.',
  );
}

/** Something else than a subscription that was sent where events are streamed. */
export function notASubscription(): DomainError {
  return new DomainError(
    'OPERATION_RESOLUTION_FAILURE',
    'Only a subscription is answered here; send queries and mutations by POST to /graphql.',
  );
}

/** A subscriber for whom more events wait than are kept. */
export function subscriberTooSlow(): DomainError {
  return new DomainError(
    'SUBSCRIBER_TOO_SLOW',
    'Too many events wait to be taken, so the subscription ended; subscribe again, and read what was missed.',
  );
}

/** A body that could not be read. */
export function unreadableRequest(message: string): DomainError {
  return new DomainError('BAD_REQUEST', message);
}

/** A body that is larger than any that is read. */
export function requestTooLarge(limit: string): DomainError {
  return new DomainError(
    'REQUEST_TOO_LARGE',
    `The request's body is larger than ${limit}, which is the most; ask in several requests.`,
  );
}

/** A query that nests too much. */
export function queryTooDeep(what: string, limit: number): DomainError {
  return new DomainError(
    'QUERY_TOO_DEEP',
    `The query nests its ${what} more than ${limit} levels deep; ask in several queries.`,
  );
}

/** An operation that is none of the manifest, where only those are served. */
export function untrustedDocument(id?: string): DomainError {
  return new DomainError(
    'DOCUMENT_NOT_TRUSTED',
    `Only known operations are served here, and ${id === undefined ? 'this text' : quote(id)} is none of them; the manifest that clients are built with has to be the server's.`,
  );
}

/** A query that comes with the hash of another. */
export function persistedQueryMismatch(): DomainError {
  return new DomainError(
    'PERSISTED_QUERY_MISMATCH',
    'The hash in `extensions.persistedQuery.sha256Hash` is not that of the query; send its SHA-256 in hexadecimal digits.',
  );
}

/** A query whose fragments unfold to more than can be looked at. */
export function queryTooLong(): DomainError {
  return new DomainError(
    'QUERY_TOO_COSTLY',
    'The query has too many fields with its fragments unfolded; ask in several queries.',
  );
}

/** A query that asks for too much at once. */
export function queryTooCostly(cost: number, limit: number): DomainError {
  return new DomainError(
    'QUERY_TOO_COSTLY',
    `The query costs ${cost}, and ${limit} is the most; ask for smaller pages (\`first\`), fewer levels or fewer figures.`,
  );
}

/** A request for what only somebody who has signed in may ask for. */
export function unauthenticated(fields: readonly string[]): DomainError {
  return new DomainError(
    'UNAUTHENTICATED',
    `${listed(fields)} ${fields.length === 1 ? 'is' : 'are'} only for people who have signed in; call the mutation \`login\` and send its \`accessToken\` in the header \`authorization: Bearer …\`.`,
  );
}

/** A request for what somebody's role does not allow. */
export function forbidden(role: string, fields: readonly string[]): DomainError {
  return new DomainError(
    'FORBIDDEN',
    `The role ${role} does not allow ${listed(fields)}; leave ${fields.length === 1 ? 'it' : 'them'} out, or ask an owner of the shop for another role.`,
  );
}

/** An access token that is none of ours, or was tampered with. */
export function invalidToken(): DomainError {
  return new DomainError('INVALID_TOKEN', 'The access token is none of this API; sign in by the mutation `login`.');
}

/** An access token whose time is over. */
export function tokenExpired(): DomainError {
  return new DomainError(
    'TOKEN_EXPIRED',
    'The access token has expired; get another by the mutation `refreshSession`.',
  );
}

/** An access token of a session that was ended, or of a user who is no longer active. */
export function sessionEnded(): DomainError {
  return new DomainError('SESSION_ENDED', 'The session was ended; sign in again by the mutation `login`.');
}

/** A tenant that there is not. */
export function unknownTenant(name: string): DomainError {
  return new DomainError('UNKNOWN_TENANT', `There is no shop ${quote(name)}; check the header \`x-tenant\`.`);
}

/** A request that names no tenant where none serves without a name. */
export function tenantRequired(): DomainError {
  return new DomainError('TENANT_REQUIRED', 'No shop is named; name one in the header `x-tenant`.');
}

/** A tenant that serves nobody for the time being. */
export function tenantSuspended(name: string): DomainError {
  return new DomainError(
    'TENANT_SUSPENDED',
    `The shop ${quote(name)} is suspended; ask the operator of this platform.`,
  );
}

/** A tenant that is being made or removed. */
export function tenantNotReady(name: string, state: string): DomainError {
  return new DomainError('TENANT_NOT_READY', `The shop ${quote(name)} is not in use: it is ${state}.`);
}

/** A token of one tenant that was sent to another. */
export function tenantMismatch(named: string): DomainError {
  return new DomainError(
    'TENANT_MISMATCH',
    `The access token is not of the shop ${quote(named)} that the request names; sign in there, or name the token's own shop.`,
  );
}

/** A fault of ours or of what we stand on; the reference is in the log beside the cause. */
export function internalError(reference: string): DomainError {
  return new DomainError(
    'INTERNAL_SERVER_ERROR',
    `Something went wrong on the server; its log has more under ${reference}.`,
    'server',
  );
}

/** A statement that took longer than the setting DATABASE_STATEMENT_TIMEOUT allows. */
export function databaseTimeout(): DomainError {
  return new DomainError('DATABASE_TIMEOUT', 'The database took too long; ask for less, or try again.', 'server');
}

/** A transaction that lost to others each time that it was tried. */
export function tryAgain(): DomainError {
  return new DomainError(
    'TRY_AGAIN',
    'Others changed the same things all the time; nothing was done, try again.',
    'server',
  );
}

/** The database cannot be reached. */
export function databaseUnavailable(): DomainError {
  return new DomainError('DATABASE_UNAVAILABLE', 'The database cannot be reached at the moment; try again.', 'server');
}

const maxQuoted = 80;

/** A caller's value as it may stand in a message: short, and with nothing that a terminal or a page would act on. */
export function quote(value: string | null | undefined): string {
  if (typeof value !== 'string') {
    return 'null';
  }
  const text = value.length > maxQuoted ? `${value.slice(0, maxQuoted)}…` : value;
  return JSON.stringify(text.toWellFormed().replace(/[\p{Cc}\p{Cf}]/gu, '�'));
}

const maxListed = 10;

/** Names in a sentence; of many only the first. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).join(', ');
  return names.length > maxListed ? `${shown} and ${names.length - maxListed} more` : shown;
}

function article(word: string): string {
  return /^[AEIOU]/.test(word) ? 'an' : 'a';
}
