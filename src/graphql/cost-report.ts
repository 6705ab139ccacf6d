import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../context.js';
import { Loaders } from '../database/loaders.js';
import type { MeasuredStatement } from '../database/reader.js';
import { Permission } from '../permissions.js';
import { notAllowed } from './permission-check.js';

/**
 * Tells what the reads of an operation took, as `extensions.cost`, where a request asks for it by `"extensions": {"cost":
 * true}` and its viewer may see statements; others are refused.
 */
export function costReport(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async ({ request }) => {
      if (!asksForCost(request.extensions)) {
        return;
      }
      const statements: MeasuredStatement[] = [];
      return {
        didResolveOperation: async ({ contextValue }) => {
          const { viewer } = contextValue;
          if (!viewer.permissions.has(Permission.COST_READ)) {
            throw notAllowed(viewer, ['extensions.cost']);
          }
          const reader = contextValue.reader.measured(statement => statements.push(statement));
          Object.assign(contextValue, { reader, loaders: new Loaders(reader) });
        },
        willSendResponse: async ({ response: { body } }) => {
          if (body.kind === 'single' && statements.length > 0) {
            body.singleResult.extensions = { ...body.singleResult.extensions, cost: reportOf(statements) };
          }
        },
      };
    },
  };
}

/** Whether a request's extensions ask what its reads take. */
export function asksForCost(extensions: Record<string, unknown> | undefined): boolean {
  return extensions?.['cost'] === true;
}

function reportOf(statements: readonly MeasuredStatement[]) {
  const sum = (of: (statement: MeasuredStatement) => number) =>
    statements.reduce((total, statement) => total + of(statement), 0);
  return {
    rows: sum(({ rows }) => rows),
    milliseconds: rounded(sum(({ milliseconds }) => milliseconds)),
    statements: statements.map(({ text, rows, milliseconds }) => ({ milliseconds: rounded(milliseconds), rows, text })),
  };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
