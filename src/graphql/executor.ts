import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { execute, type GraphQLSchema } from 'graphql';
import type { RequestContext } from '../context.js';
import type { OperationPlans } from '../plans/operation-plans.js';
import { variantOf } from './operation-variants.js';

type Gateway = ApolloServerOptionsWithGateway<RequestContext>['gateway'];
type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;

/** Executes operations behind Apollo: queries by read plans as far as these go, and all else by the resolvers. */
export function createExecutor(schema: GraphQLSchema, plans: OperationPlans | undefined): Gateway {
  const executor: Executor = async ({ document, request, context }) => {
    // There is none when it is unknown which operation is meant; the execution then says so.
    const variant = plans && variantOf(document, request.operationName, request.variables);
    const plan = variant && plans.of(variant);
    const result = await plan?.run(context as RequestContext, request.variables);
    if (result) {
      return result as Awaited<ReturnType<Executor>>;
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
