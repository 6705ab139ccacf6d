import { type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { RequestContext } from '../context.js';
import { attempt } from '../plans/attempt.js';
import type { OperationPlan } from '../plans/operation-plan.js';
import type { OperationPlans } from '../plans/operation-plans.js';
import { asksForCost } from './cost-report.js';
import { presentError } from './format-error.js';
import type { KnownDocuments } from './known-documents.js';
import { costOfVariant } from './limits.js';
import { type OperationVariant, variantOf } from './operation-variants.js';
import type { PersistedQueries } from './persisted-operations.js';
import { checkPermissions } from './permission-check.js';
import { stringifyResult } from './stringify-result.js';
import { checkText } from './text-input.js';
import type { SentOperation, TrustedDocuments } from './trusted-documents.js';

/** A query that can be answered without Apollo. */
export interface DirectQuery {
  variant: OperationVariant;
  plan: OperationPlan;
  variables: Record<string, unknown>;
}

/** What a client sent, whatever it is. */
type Sent = SentOperation & { operationName?: unknown; variables?: unknown };

/**
 * Answers queries that Apollo has seen before and that read plans answer whole. Apollo's way through a request costs
 * about as much as a small query itself. The same limits and permissions hold; whatever is new, wrong or refused is left to Apollo, so
 * that each error is said in one place.
 */
export class DirectAnswers {
  constructor(
    private readonly options: {
      schema: GraphQLSchema;
      maxCost: number;
      documents: KnownDocuments;
      plans: OperationPlans;
      persisted: PersistedQueries;
      trusted: TrustedDocuments | undefined;
      formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
    },
  ) {}

  /** What a client sent, if it can be answered here. */
  recognise(body: unknown): DirectQuery | undefined {
    if (!isRecord(body)) {
      return undefined;
    }
    const { operationName = null, variables = null } = body as Sent;
    const text = this.#textOf(body);
    const document = text === undefined ? undefined : this.options.documents.of(text);
    if (
      !document ||
      (operationName !== null && typeof operationName !== 'string') ||
      (variables !== null && !isRecord(variables))
    ) {
      return undefined;
    }
    const variant = variantOf(document, operationName, variables);
    return variant && this.#withinLimits(variant, variables);
  }

  /** The answer to a query; undefined where its viewer may not ask for it, or resolvers are needed. */
  async answer({ variant, plan, variables }: DirectQuery, context: RequestContext): Promise<string | undefined> {
    const { schema, formatError } = this.options;
    const isAllowed = attempt(() => {
      checkPermissions(schema, variant, context.viewer);
      return true;
    });
    const result = isAllowed ? await plan.runWhole(context, variables) : undefined;
    if (!result) {
      return undefined;
    }
    const { errors, data = null } = result;
    return stringifyResult({ ...(errors && { errors: errors.map(error => presentError(error, formatError)) }), data });
  }

  /** The text of an operation, which was sent or is known by a name. */
  #textOf(sent: Sent): string | undefined {
    const { query, extensions = {} } = sent;
    const { trusted, persisted } = this.options;
    if (!isRecord(extensions) || asksForCost(extensions)) {
      return undefined;
    }
    if (trusted) {
      return attempt(() => trusted.textOf(sent));
    }
    const { persistedQuery } = extensions;
    if (persistedQuery === undefined) {
      return typeof query === 'string' ? query : undefined;
    }
    // With its text, it has to be seen whether that is what the hash is of.
    const isKnown = query === undefined && isRecord(persistedQuery) && persistedQuery['version'] === 1;
    return isKnown ? persisted.textOf(String(persistedQuery['sha256Hash'])) : undefined;
  }

  #withinLimits(variant: OperationVariant, given: Record<string, unknown> | null): DirectQuery | undefined {
    const { schema, maxCost, plans } = this.options;
    return attempt(() => {
      checkText(variant.document, given);
      const plan = costOfVariant(schema, variant, given) <= maxCost ? plans.of(variant) : undefined;
      const variables = plan?.coerce(given);
      return plan && variables && { variant, plan, variables };
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
