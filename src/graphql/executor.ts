import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { execute, type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { RequestContext } from '../context.js';
import { OperationPlan } from '../plans/operation-plan.js';
import { type OperationVariant, variantOf } from './operation-variants.js';

type Gateway = ApolloServerOptionsWithGateway<RequestContext>['gateway'];
type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;

/** Executes operations behind Apollo: queries by read plans as far as these go, and all else by the resolvers. */
export function createExecutor(schema: GraphQLSchema, readPlans: boolean): Gateway {
  const plans = new WeakMap<OperationVariant, OperationPlan | 'none'>();
  const planOf = (variant: OperationVariant): OperationPlan | undefined => {
    let plan = plans.get(variant);
    if (!plan) {
      plan = OperationPlan.of(schema, variant) ?? 'none';
      plans.set(variant, plan);
    }
    return plan === 'none' ? undefined : plan;
  };
  const executor: Executor = async ({ document, operation, request, context }) => {
    // Undefined when it is unknown which is meant, whatever the type says; the execution then says so.
    if (readPlans && (operation as typeof operation | undefined)?.operation === OperationTypeNode.QUERY) {
      const variant = variantOf(document, request.operationName, request.variables);
      const plan = variant && planOf(variant);
      const result = await plan?.run(context as RequestContext, request.variables);
      if (result) {
        return result as Awaited<ReturnType<Executor>>;
      }
    }
    return execute({
      schema,
      document,
      contextValue: context,
      variableValues: request.variables,
      operationName: request.operationName,
    }) as ReturnType<Executor>;
  };
  return {
    onSchemaLoadOrUpdate: callback => {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => {};
    },
    load: async () => ({ executor }),
    stop: async () => {},
  };
}
