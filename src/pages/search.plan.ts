import type { Planner } from '../plans/planned.js';
import { Product } from '../products/product.entity.js';
import { Page } from './page.entity.js';
import { highlightOf } from './search.loaders.js';
import { prepareSearch, type SearchRequest } from './search.service.js';

const entities = { Page, Product };

/** Searches, and then reads the hits' rows while it is seen what of their texts fits. */
export const searchPlan: Planner<SearchRequest> = ({ context }, request) => {
  const search = prepareSearch(context.languages, request);
  return {
    kind: 'found',
    rows: { item: Object.values(entities) },
    find: async (reader, fields) => {
      const found = await search(reader);
      const shown = (['title', 'snippet'] as const).filter(name => fields.has(name));
      const highlights = shown.length > 0 ? highlightOf(reader, found) : undefined;
      return found.map(({ rank, type, key }, index) => ({
        rank,
        item: { entity: entities[type], key },
        ...Object.fromEntries(shown.map(name => [name, highlights!.then(all => all[index]?.[name])])),
      }));
    },
  };
};
