import type { Rule } from './rule.js';
import { addCheck } from './rules/add-check.js';
import { addDomainConstraint } from './rules/add-domain-constraint.js';
import { addExclusion } from './rules/add-exclusion.js';
import { addForeignKey } from './rules/add-foreign-key.js';
import { addIndex } from './rules/add-index.js';
import { addPrimaryKey } from './rules/add-primary-key.js';
import { addRequiredColumn } from './rules/add-required-column.js';
import { addSerialColumn } from './rules/add-serial-column.js';
import { addStoredColumn } from './rules/add-stored-column.js';
import { addUnique } from './rules/add-unique.js';
import { addVolatileDefault } from './rules/add-volatile-default.js';
import { attachPartition } from './rules/attach-partition.js';
import { behindExclusiveLock } from './rules/behind-exclusive-lock.js';
import { bulkWrite } from './rules/bulk-write.js';
import { changeColumnType } from './rules/change-column-type.js';
import { changeGeneratedColumn } from './rules/change-generated-column.js';
import { changePolicy } from './rules/change-policy.js';
import { changeRowSecurity } from './rules/change-row-security.js';
import { changeTrigger } from './rules/change-trigger.js';
import { cluster } from './rules/cluster.js';
import { concurrentlyInTransaction } from './rules/concurrently-in-transaction.js';
import { createExtension } from './rules/create-extension.js';
import { createPartition } from './rules/create-partition.js';
import { detachPartition } from './rules/detach-partition.js';
import { dropCascade } from './rules/drop-cascade.js';
import { dropColumn } from './rules/drop-column.js';
import { dropConstraint } from './rules/drop-constraint.js';
import { dropIndex } from './rules/drop-index.js';
import { dropNotNull } from './rules/drop-not-null.js';
import { dropTable } from './rules/drop-table.js';
import { dynamicSql } from './rules/dynamic-sql.js';
import { explicitLock } from './rules/explicit-lock.js';
import { jsonColumn } from './rules/json-column.js';
import { longIdentifier } from './rules/long-identifier.js';
import { missingLockTimeout } from './rules/missing-lock-timeout.js';
import { moveTable } from './rules/move-table.js';
import { newerPostgresql } from './rules/newer-postgresql.js';
import { refreshView } from './rules/refresh-view.js';
import { reindex } from './rules/reindex.js';
import { renameColumn } from './rules/rename-column.js';
import { renameTable } from './rules/rename-table.js';
import { renameType } from './rules/rename-type.js';
import { schemaQualifiedName } from './rules/schema-qualified-name.js';
import { searchPath } from './rules/search-path.js';
import { setNotNull } from './rules/set-not-null.js';
import { transactionControl } from './rules/transaction-control.js';
import { truncate } from './rules/truncate.js';
import { unlogged } from './rules/unlogged.js';
import { useNewEnumValue } from './rules/use-new-enum-value.js';
import { vacuumFull } from './rules/vacuum-full.js';
import { validateInSameTransaction } from './rules/validate-in-same-transaction.js';

/** All rules about statements, one a file in `rules`, by what they are about. */
export const statementRules: readonly Rule[] = [
  addIndex,
  concurrentlyInTransaction,
  dropIndex,
  reindex,
  addUnique,
  addPrimaryKey,
  addExclusion,
  addForeignKey,
  addCheck,
  validateInSameTransaction,
  setNotNull,
  addRequiredColumn,
  addVolatileDefault,
  addSerialColumn,
  addStoredColumn,
  changeGeneratedColumn,
  changeColumnType,
  dropColumn,
  dropTable,
  dropConstraint,
  dropNotNull,
  renameColumn,
  renameTable,
  useNewEnumValue,
  renameType,
  addDomainConstraint,
  detachPartition,
  createPartition,
  attachPartition,
  bulkWrite,
  truncate,
  vacuumFull,
  cluster,
  refreshView,
  changeTrigger,
  changeRowSecurity,
  changePolicy,
  behindExclusiveLock,
  missingLockTimeout,
  explicitLock,
  unlogged,
  moveTable,
  dropCascade,
  jsonColumn,
  transactionControl,
  longIdentifier,
  schemaQualifiedName,
  searchPath,
  createExtension,
  dynamicSql,
  newerPostgresql,
];
