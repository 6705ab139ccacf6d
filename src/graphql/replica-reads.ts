import type { ApolloServerPlugin } from '@apollo/server';
import { OperationTypeNode } from 'graphql';
import type { RequestContext } from '../context.js';
import { Loaders } from '../database/loaders.js';
import type { Replicas } from '../database/replicas.js';

/** Lets queries read from replicas. Mutations stay on the primary server with all that they read, and so do subscriptions. */
export function replicaReads(replicas: Replicas): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation, contextValue }) => {
        if (operation?.operation === OperationTypeNode.QUERY) {
          readFromReplica(contextValue, replicas);
        }
      },
    }),
  };
}

/** Lets a query's context read from a replica. */
export function readFromReplica<Context extends RequestContext>(context: Context, replicas: Replicas): Context {
  const reader = replicas.readerOf(context.reader, context.tenant.schema, context.viewer.user?.id);
  return Object.assign(context, { reader, loaders: new Loaders(reader) });
}
