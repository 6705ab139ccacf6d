import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, visit } from 'graphql';
import { invalidText } from '../errors.js';
import { refusal } from './format-error.js';

/** Refuses text that PostgreSQL cannot hold, in a query's text and in its variables, before anything is read. */
export function checkTextInput(): ApolloServerPlugin {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, request }) => checkText(document, request.variables),
    }),
  };
}

/** Documents without such text. */
const checkedDocuments = new WeakSet<DocumentNode>();

/**
 * Refuses an operation with such text.
 * @throws GraphQLError INVALID_TEXT
 */
export function checkText(document: DocumentNode, variables: Record<string, unknown> | null | undefined): void {
  if (!checkedDocuments.has(document)) {
    visit(document, { StringValue: ({ value }) => checkString(value, undefined) });
    checkedDocuments.add(document);
  }
  for (const [name, value] of Object.entries(variables ?? {})) {
    checkValue(value, name);
  }
}

/** Without recursion, since a caller says how deep a value nests. */
function checkValue(value: unknown, variable: string): void {
  const parts = [value];
  while (parts.length > 0) {
    const part = parts.pop();
    if (typeof part === 'string') {
      checkString(part, variable);
    } else if (typeof part === 'object' && part !== null) {
      for (const inner of Object.values(part)) {
        parts.push(inner);
      }
    }
  }
}

function checkString(text: string, variable: string | undefined): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw refusal(invalidText(variable));
  }
}
