import { fileURLToPath } from 'node:url';
import type { MigrationContext } from '../database/orm.options.js';

/** The folder of each set of migrations, in TypeScript or as built. */
export const migrationFolders: Record<MigrationContext['contextName'], string> = {
  default: fileURLToPath(new URL('../../migrations/tenant', import.meta.url)),
  platform: fileURLToPath(new URL('../../migrations/platform', import.meta.url)),
};
