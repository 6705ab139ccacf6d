import type { ApolloServerPlugin } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Characters of texts that a process keeps documents of; a document takes some thirty times the memory of its text. */
const maxKept = 1_000_000;

/** Documents that Apollo has read and validated, by their texts: those used latest. */
export class KnownDocuments {
  readonly #documents = new LRUCache<string, DocumentNode>({
    maxSize: maxKept,
    sizeCalculation: (_document, text) => text.length + 1,
  });

  /** The document of a text, if it is known and valid. */
  of(text: string): DocumentNode | undefined {
    return this.#documents.get(text);
  }

  /** Takes in what passes Apollo. */
  plugin(): ApolloServerPlugin {
    return {
      requestDidStart: async () => ({
        didResolveOperation: async ({ source, document }) => void this.#documents.set(source, document),
      }),
    };
  }
}
