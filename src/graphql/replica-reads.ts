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
          const { tenant, viewer } = contextValue;
          const reader = replicas.readerOf(contextValue.reader, tenant.schema, viewer.user?.id);
          Object.assign(contextValue, { reader, loaders: new Loaders(reader) });
        }
      },
    }),
  };
}
