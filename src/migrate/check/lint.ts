import { lintMigrations } from '../lint/lint-migrations.js';
import type { Check } from './check.js';

/** No new migration does what is dangerous on tables that are in use. */
export const lint: Check = {
  title: 'New migrations do nothing dangerous',
  run: ({ platform, tenant }) => lintMigrations({ contexts: [platform, tenant] }),
};
