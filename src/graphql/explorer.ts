import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { RequestHandler } from 'express';

/** What the explorers show first. */
const firstQuery = `# Welcome to Pier 2 Imports.
# Run this query, then ask your own.
query NewestOrders {
  orders(first: 5) {
    nodes {
      id
      placedAt
      status
      customer { firstName lastName }
      store { name }
      shippingAddresses { city zipCode }
      items {
        quantity
        productName
        lineTotal { amount }
      }
      total { amount currencyCode }
    }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}
`;

/** The landing page of the GraphQL endpoint: Apollo Sandbox, or nothing. */
export function landingPage(enabled: boolean): ApolloServerPlugin {
  return enabled
    ? ApolloServerPluginLandingPageLocalDefault({ document: firstQuery, footer: false, embed: { runTelemetry: false } })
    : ApolloServerPluginLandingPageDisabled();
}

/** Serves GraphiQL as one page that needs nothing from elsewhere, so that it works without internet. */
export function graphiql(endpoint: string): RequestHandler {
  let page: Promise<string> | undefined;
  return async (_request, response) => {
    // Loaded with the first visit: the page is 9 MB, and most starts never show it.
    page ??= import('@graphql-yoga/render-graphiql').then(({ renderGraphiQL }) =>
      renderGraphiQL({ title: 'Pier 2 Imports', endpoint, defaultQuery: firstQuery }),
    );
    response.type('html').send(await page);
  };
}
