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

/** Gives the headers that an explorer sends with its requests, such as a token; none where people sign in themselves. */
export type ExplorerHeaders = () => Promise<Record<string, string>>;

/** The landing page of the GraphQL endpoint: Apollo Sandbox, or nothing. */
export function landingPage(enabled: boolean, headers: ExplorerHeaders): ApolloServerPlugin {
  if (!enabled) {
    return ApolloServerPluginLandingPageDisabled();
  }
  return {
    serverWillStart: async server => ({
      renderLandingPage: async () => ({
        // Made for each visit, since Apollo's own page is made once and its token would expire.
        html: async () => {
          const page = ApolloServerPluginLandingPageLocalDefault({
            document: firstQuery,
            headers: await headers(),
            footer: false,
            embed: { runTelemetry: false },
          });
          const { html } = await (await page.serverWillStart!(server))!.renderLandingPage!();
          return withWayOut(typeof html === 'string' ? html : await html());
        },
      }),
    }),
  };
}

/**
 * Leads from Apollo's page to GraphiQL where Sandbox cannot be loaded. The place that Sandbox would take covers the page, so
 * it takes none as long as it is empty.
 */
function withWayOut(page: string): string {
  return page
    .replace('you might be offline.', 'you might be offline. <a href="/graphiql">GraphiQL</a> works without internet.')
    .replace('#embeddableSandbox {', '#embeddableSandbox:empty { display: none; }\n  #embeddableSandbox {');
}

/** Serves GraphiQL as one page that needs nothing from elsewhere, so that it works without internet. */
export function graphiql(endpoint: string, headers: ExplorerHeaders): RequestHandler {
  return async ({ query }, response) => {
    // Loaded with the first visit: the page is 9 MB, and most starts never show it.
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    response.type('html').send(
      renderGraphiQL({
        title: 'Pier 2 Imports',
        endpoint,
        // As the page's own query it finds the tab again that it opened before; a query in the address comes first.
        ...(query['query'] === undefined ? { query: firstQuery } : { defaultQuery: firstQuery }),
        // Not as `headers`: those it keeps with its tabs, so after a reload the tabs had an old token or none.
        additionalHeaders: await headers(),
      }),
    );
  };
}
