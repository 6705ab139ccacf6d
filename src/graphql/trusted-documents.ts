import { readFile } from 'node:fs/promises';
import { GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import { z } from 'zod';
import { ConfigError } from '../config/parse-settings.js';
import { untrustedDocument } from '../errors.js';
import { isNestedTooDeep, maxTokens } from './limits.js';

/** What names an operation in a request, and its text. */
export interface SentOperation {
  query?: unknown;
  documentId?: unknown;
  extensions?: unknown;
}

/** As graphql-codegen's client preset and Relay's compiler write it: texts by their hashes. */
const textsById = z.record(z.string().min(1), z.string());

/** As Apollo's `generate-persisted-query-manifest` writes it. */
const apolloManifest = z
  .object({
    format: z.literal('apollo-persisted-query-manifest'),
    operations: z.array(z.object({ id: z.string().min(1), body: z.string() })),
  })
  .transform(({ operations }) => Object.fromEntries(operations.map(({ id, body }) => [id, body])));

/** The operations of a manifest, where no others are served. */
export class TrustedDocuments {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #all: ReadonlySet<string>;

  private constructor(texts: Map<string, string>) {
    this.#texts = texts;
    this.#all = new Set(texts.values());
  }

  /**
   * Reads a manifest.
   * @throws ConfigError when it cannot be read, or holds something else
   */
  static async read(path: string): Promise<TrustedDocuments> {
    const refuse = (reason: string) => new ConfigError(`TRUSTED_DOCUMENTS is "${path}", but ${reason}.`);
    const json = await readFile(path, 'utf8').catch((error: { code?: string }) => {
      throw refuse(`that file cannot be read (${error.code})`);
    });
    const { data } = apolloManifest.or(textsById).safeParse(parseJson(json));
    if (!data || Object.keys(data).length === 0) {
      throw refuse(
        'that file holds no operations by their hashes, as graphql-codegen writes them in persisted-documents.json',
      );
    }
    for (const [id, text] of Object.entries(data)) {
      const problem = problemOf(text);
      if (problem) {
        throw refuse(`its document "${id}" is none of GraphQL: ${problem}`);
      }
    }
    return new TrustedDocuments(new Map(Object.entries(data)));
  }

  /**
   * The documents that this build's schema cannot answer, and why. A manifest may have those of other releases of its clients,
   * so they are refused only when they are sent.
   */
  misfits(schema: GraphQLSchema): { id: string; problem: string }[] {
    return Array.from(this.#texts).flatMap(([id, text]) => {
      const [error] = validate(schema, parse(text, { maxTokens }));
      return error ? [{ id, problem: error.message }] : [];
    });
  }

  /**
   * The text of an operation that a client has named, or sent as it stands in the manifest.
   * @throws DomainError DOCUMENT_NOT_TRUSTED
   */
  textOf(sent: SentOperation): string {
    const id = idOf(sent);
    const text = id === undefined ? sent.query : (this.#texts.get(id) ?? this.#texts.get(id.replace(/^sha256:/, '')));
    // Clients may send both, or an empty text where the protocol wants one.
    if (typeof text !== 'string' || !this.#all.has(text) || (sent.query && sent.query !== text)) {
      throw untrustedDocument(id);
    }
    return text;
  }
}

/** What a request names its operation by: as GraphQL over HTTP proposes, or as Apollo's clients do. */
export function idOf({ documentId, extensions }: SentOperation): string | undefined {
  const { documentId: extended, persistedQuery } = (extensions ?? {}) as {
    documentId?: unknown;
    persistedQuery?: { sha256Hash?: unknown } | null;
  };
  return [documentId, extended, persistedQuery?.sha256Hash].find(id => typeof id === 'string');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(text: string): string | undefined {
  if (isNestedTooDeep(text)) {
    return 'it nests too deeply';
  }
  try {
    parse(text, { maxTokens });
    return undefined;
  } catch (error) {
    return (error as GraphQLError).message;
  }
}
