import { migrationHandler } from './migration-handler.js';

/** What deploy/aws/template.yaml names as the function's handler. */
export const handler = migrationHandler();
