import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import { Page } from '../src/pages/page.entity.js';
import { insertMissing } from './insert-missing.js';
import { pageId, samplePages } from './sample-data.js';

/** The text search configurations of the languages that the sample pages are written in. */
const configurations = { en: 'english', da: 'danish' };

/** Seeds the pages of the Guide. */
export class PageSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    await insertMissing(
      em,
      Page,
      samplePages.map(({ number, title, url, language, body, lastUpdated }) => ({
        id: pageId(number),
        title,
        url,
        language,
        searchConfiguration: configurations[language],
        body,
        lastUpdated: new Date(lastUpdated),
      })),
    );
  }
}
