import { type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { OperationVariant } from '../graphql/operation-variants.js';
import { OperationPlan } from './operation-plan.js';

/** The plans of a process, each made once. */
export class OperationPlans {
  readonly #plans = new WeakMap<OperationVariant, OperationPlan | 'none'>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** The plan of an operation; undefined for one that has none, such as a mutation. */
  of(variant: OperationVariant): OperationPlan | undefined {
    let plan = this.#plans.get(variant);
    if (!plan) {
      const isQuery = variant.operation.operation === OperationTypeNode.QUERY;
      plan = (isQuery && OperationPlan.of(this.schema, variant)) || 'none';
      this.#plans.set(variant, plan);
    }
    return plan === 'none' ? undefined : plan;
  }
}
