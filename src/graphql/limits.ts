import type { ApolloServerPlugin } from '@apollo/server';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { getNamedType, getNullableType, GraphQLError, isCompositeType, isListType, type ValidationRule } from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import { queryTooCostly } from '../errors.js';
import { refusal } from './format-error.js';
import { defaultPageSize, maxPageSize } from './paging.js';

/** Tokens of a query's text at the most; a page full of queries has a few thousand. */
export const maxTokens = 10_000;

/** Refuses a query that nests fields deeper than this. */
export function depthRule(maxDepth: number): ValidationRule {
  return maxDepthRule({
    n: maxDepth,
    flattenFragments: true,
    propagateOnRejection: false,
    onReject: [
      context =>
        context?.reportError(
          new GraphQLError(`The query nests its fields more than ${maxDepth} levels deep; ask in several queries.`, {
            extensions: { code: 'QUERY_TOO_DEEP' },
          }),
        ),
    ],
  });
}

/** Refuses an operation that may ask for more objects than this, as its page sizes say, before anything is read. */
export function costLimit(maxCost: number): ApolloServerPlugin {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, request, operationName }) => {
        const cost = getComplexity({
          estimators: [countObjects],
          schema,
          query: document,
          variables: request.variables ?? {},
          ...(operationName && { operationName }),
        });
        if (cost > maxCost) {
          throw refusal(queryTooCostly(cost, maxCost));
        }
      },
    }),
  };
}

/** Objects in a list that has no page size, such as the lines of an order. */
const assumedListLength = 5;

/** Counts the objects of a field: itself, and what it holds times its length where it is a list. Plain values are free. */
const countObjects: ComplexityEstimator = ({ field, args, childComplexity }) => {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) {
    return 0;
  }
  if (type.name.endsWith('Connection')) {
    return 1 + pageSize(args) * childComplexity;
  }
  const isPlainList = isListType(getNullableType(field.type)) && !['nodes', 'edges'].includes(field.name);
  return (isPlainList ? (args['first'] ?? args['ids']?.length ?? assumedListLength) : 1) * (1 + childComplexity);
};

function pageSize(args: { first?: number | null; last?: number | null }): number {
  // Impossible sizes are refused later, with an error of their own.
  return Math.min(Math.max(args.first ?? args.last ?? defaultPageSize, 1), maxPageSize);
}
