export { rename, retype, split } from './column-change.js';
export { ContractMigration } from './contract-migration.js';
export { ExpandMigration } from './expand-migration.js';
