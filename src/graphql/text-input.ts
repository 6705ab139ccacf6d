import type { ApolloServerPlugin } from '@apollo/server';
import { visit } from 'graphql';
import { invalidText } from '../errors.js';
import { refusal } from './format-error.js';

/** Refuses text that PostgreSQL cannot hold, in a query's text and in its variables, before anything is read. */
export function checkTextInput(): ApolloServerPlugin {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, request }) => {
        visit(document, { StringValue: ({ value }) => checkText(value, 'the query') });
        for (const [name, value] of Object.entries(request.variables ?? {})) {
          checkValue(value, `the variable $${name}`);
        }
      },
    }),
  };
}

function checkValue(value: unknown, where: string): void {
  if (typeof value === 'string') {
    checkText(value, where);
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) {
      checkValue(part, where);
    }
  }
}

function checkText(text: string, where: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw refusal(invalidText(where));
  }
}
