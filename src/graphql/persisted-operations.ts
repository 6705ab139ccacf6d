import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import { persistedQueryMismatch } from '../errors.js';
import { idOf, type SentOperation, type TrustedDocuments } from './trusted-documents.js';

/** Characters of persisted queries that a process keeps. */
const maxKept = 10_000_000;

/**
 * Puts the text of a trusted document in the place of its name, and refuses all that is none; without trusted documents,
 * refuses a query under a hash that is not its own. It comes before Apollo, which knows only texts and hashes, and before
 * the limits, which read the text.
 */
export function persistedOperations(trusted: TrustedDocuments | undefined): RequestHandler {
  return (request, _response, next) => {
    const sent = sentOperation(request);
    if (sent.query === undefined && idOf(sent) === undefined) {
      next(); // It asks for nothing; Apollo says so.
    } else if (trusted) {
      replaceOperation(request, trusted.textOf(sent));
      next();
    } else {
      const { sha256Hash: hash } =
        (sent.extensions as { persistedQuery?: { sha256Hash?: unknown } } | null)?.persistedQuery ?? {};
      next(
        hash !== undefined && typeof sent.query === 'string' && hash !== sha256(sent.query)
          ? persistedQueryMismatch()
          : undefined,
      );
    }
  };
}

/** Where Apollo keeps queries that clients have persisted: those used latest. They have passed the limits on their way in. */
export class PersistedQueries {
  readonly #texts = new LRUCache<string, string>({
    maxSize: maxKept,
    sizeCalculation: (text, key) => text.length + key.length,
  });

  /** The text of a hash; Apollo puts its own word before each. */
  textOf(hash: string): string | undefined {
    return this.#texts.get(`apq:${hash}`);
  }

  async get(key: string): Promise<string | undefined> {
    return this.#texts.get(key);
  }

  async set(key: string, text: string): Promise<void> {
    this.#texts.set(key, text);
  }

  async delete(key: string): Promise<boolean> {
    return this.#texts.delete(key);
  }
}

/** An operation as Apollo reads it: by POST from the body, else from the URL. */
function sentOperation({ method, body, url }: Request): SentOperation {
  if (method === 'POST') {
    return (typeof body === 'object' && body) || {};
  }
  const parameters = searchOf(url);
  const read = (name: string) => parameters.get(name) ?? undefined;
  return { query: read('query'), documentId: read('documentId'), extensions: parseObject(read('extensions')) };
}

function replaceOperation(request: Request, query: string): void {
  if (request.method === 'POST') {
    const { documentId: _documentId, extensions: _extensions, ...rest } = request.body as Record<string, unknown>;
    request.body = { ...rest, query };
  } else {
    const parameters = searchOf(request.url);
    parameters.set('query', query);
    parameters.delete('documentId');
    parameters.delete('extensions');
    request.url = `${request.url.split('?', 1)[0]}?${parameters}`;
  }
}

function searchOf(url: string): URLSearchParams {
  return new URLSearchParams(url.slice(url.split('?', 1)[0]!.length));
}

function parseObject(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined; // Apollo says what is wrong.
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
