import type { ApolloServerPlugin } from '@apollo/server';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import type { RequestHandler } from 'express';
import {
  getNamedType,
  getNullableType,
  getVariableValues,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  isCompositeType,
  isListType,
  OperationTypeNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import { invalidVariables, queryTooCostly, queryTooDeep, queryTooLong, subscriptionByPost } from '../errors.js';
import { refusal } from './format-error.js';
import { type OperationVariant, variantOf } from './operation-variants.js';
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
      (context: ValidationContext | null) => {
        // Apollo gives its own code to what validation reports; the cause keeps ours.
        const originalError = queryTooDeep('fields', maxDepth);
        context?.reportError(new GraphQLError(originalError.message, { originalError }));
      },
    ],
  });
}

/** Brackets that a query's text nests at the most. The parser and validation work recursively, so more could end the stack. */
export const maxNesting = 500;

/** Refuses a query whose text nests so deeply that it could not be read. It comes before Apollo, which parses at once. */
export const nestingLimit: RequestHandler = (request, _response, next) => {
  const text: unknown = (request.body as { query?: unknown } | undefined)?.query ?? request.query['query'];
  next(typeof text === 'string' && isNestedTooDeep(text) ? queryTooDeep('brackets', maxNesting) : undefined);
};

/** Whether a query's text nests so deeply that it could not be read. */
export function isNestedTooDeep(text: string): boolean {
  return nests(text, maxNesting);
}

function nests(source: string, limit: number): boolean {
  if (source.length <= limit) {
    return false;
  }
  const brackets = source.replace(/"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#.*|[^{}[\]()]/g, '');
  let depth = 0;
  for (const bracket of brackets) {
    depth += '{[('.includes(bracket) ? 1 : -1;
    if (depth > limit) {
      return true;
    }
  }
  return false;
}

/** Refuses an operation that may ask for more objects than this, as its page sizes say, before anything is read. */
export function costLimit(maxCost: number): ApolloServerPlugin {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, operation, request, operationName }) => {
        if (!operation) {
          return; // It is unknown or unclear which is meant; Apollo says so.
        }
        if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
          throw refusal(subscriptionByPost());
        }
        checkCost(schema, variantOf(document, operationName, request.variables)!, request.variables, maxCost);
      },
    }),
  };
}

/**
 * Refuses an operation that costs too much.
 * @throws GraphQLError QUERY_TOO_COSTLY, or BAD_USER_INPUT when the cost cannot be told
 */
export function checkCost(
  schema: GraphQLSchema,
  variant: OperationVariant,
  variables: Record<string, unknown> | null | undefined,
  maxCost: number,
): void {
  checkVariables(schema, variant, variables);
  const cost = costOfVariant(schema, variant, variables);
  if (cost > maxCost) {
    throw refusal(queryTooCostly(cost, maxCost));
  }
}

/** What variants of operations cost, which to find out takes longer than to execute many of them. */
const costs = new WeakMap<OperationVariant, number>();

/**
 * What an operation costs.
 * @throws GraphQLError BAD_USER_INPUT when the cost cannot be told
 */
export function costOfVariant(
  schema: GraphQLSchema,
  variant: OperationVariant,
  variables: Record<string, unknown> | null | undefined,
): number {
  const { document, operation } = variant;
  let cost = costs.get(variant);
  if (cost === undefined) {
    cost = costOf(() =>
      getComplexity({
        estimators: [countObjects],
        schema,
        query: document,
        variables: variables ?? {},
        maxQueryNodes: maxTokens,
        ...(operation.name && { operationName: operation.name.value }),
      }),
    );
    costs.set(variant, cost);
  }
  return cost;
}

/** Refuses variables that do not fit, as the computation of a cost does. */
function checkVariables(
  schema: GraphQLSchema,
  { operation }: OperationVariant,
  variables: Record<string, unknown> | null | undefined,
): void {
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  if (errors) {
    throw refusal(invalidVariables(errors.at(-1)!.message));
  }
}

/** The cost, or the refusal of a query whose cost cannot be told: executed, it might do what its cost forbids. */
function costOf(compute: () => number): number {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof GraphQLError)) {
      throw error;
    }
    throw refusal(/number of nodes/.test(error.message) ? queryTooLong() : invalidVariables(error.message));
  }
}

/** A list of its own may have to count all that it holds, so a query may ask for a hundred and not for thousands. */
const listCost = 2500;

/** A mutation is a transaction of several statements, so a request may send a few hundred. */
const mutationCost = 1000;

/** Objects in a list that has no page size, such as the lines of an order. */
const assumedListLength = 5;

/**
 * Counts the objects of a field: itself, and what it holds times its length where it is a list. Plain values are free.
 * A field that reads many rows for a small answer says its own cost, as `@Extensions({ cost })`.
 */
const countObjects: ComplexityEstimator = ({ type: owner, field, args, childComplexity }) => {
  const type = getNamedType(field.type);
  const own = field.extensions['cost'];
  if (typeof own === 'number') {
    return own + listLength(field, args) * childComplexity;
  }
  if (owner.name === 'Mutation') {
    return mutationCost + childComplexity;
  }
  if (!isCompositeType(type)) {
    return 0;
  }
  if (type.name.endsWith('Connection')) {
    return (owner.name === 'Query' ? listCost : 1) + pageSize(args) * childComplexity;
  }
  // A page's size is counted with its connection.
  return (owner.name.endsWith('Connection') ? 1 : listLength(field, args)) * (1 + childComplexity);
};

/** Objects that a field gives, as its arguments say. */
function listLength({ type }: GraphQLField<unknown, unknown>, args: Record<string, unknown>): number {
  if (!isListType(getNullableType(type))) {
    return 1;
  }
  const { first, ids } = args as { first?: number | null; ids?: unknown[] };
  return first ?? ids?.length ?? assumedListLength;
}

function pageSize(args: { first?: number | null; last?: number | null }): number {
  // Impossible sizes are refused later, with an error of their own.
  return Math.min(Math.max(args.first ?? args.last ?? defaultPageSize, 1), maxPageSize);
}
