import { registerEnumType } from 'type-graphql';
import type { List } from '../database/list.js';
import { Page } from './page.entity.js';

/** What pages can be sorted by. */
export enum PageSort {
  TITLE = 'TITLE',
  LAST_UPDATED = 'LAST_UPDATED',
}

registerEnumType(PageSort, {
  name: 'PageSort',
  description: 'What pages can be sorted by.',
  valuesConfig: {
    TITLE: { description: 'The title.' },
    LAST_UPDATED: { description: 'When the page was written or changed last.' },
  },
});

/** What pages can be narrowed to. */
export interface PageFilter {
  language: string | undefined;
}

/** All pages. */
export const pageList: List<Page, PageFilter, PageSort> = {
  name: 'pages',
  entity: Page,
  sorts: {
    [PageSort.TITLE]: ['title', 'id'],
    [PageSort.LAST_UPDATED]: ['lastUpdated', 'id'],
  },
  narrow: (conditions, { language }) => conditions.equals('language', language),
};
