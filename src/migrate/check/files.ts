import { checkIntegrity, foldersBeside } from '../integrity.js';
import type { Check } from './check.js';

/** The files of migrations are as they were when they were listed. */
export const files: Check = {
  title: 'Migrations that are listed are unchanged',
  run: async ({ tenant }) => ({ findings: await checkIntegrity(foldersBeside(tenant.migrationsFolder)) }),
};
