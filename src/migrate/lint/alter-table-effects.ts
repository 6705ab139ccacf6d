import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint } from 'libpg-query';
import { columnConstraint, commandsOf, constraintsOf, droppedConstraints, tableName, tablesIn } from './ast.js';
import type { Catalogue } from './catalogue.js';
import type { AddEffect } from './effects.js';
import type { LockMode } from './lock-modes.js';
import { changeOfType, checksOf, reasonToRewrite } from './row-rewrites.js';

/** Adds what an ALTER TABLE does, command by command. */
export function addEffectsOfAlterTable(statement: AlterTableStmt, catalogue: Catalogue, add: AddEffect): void {
  const { relation, objtype } = statement;
  const dropped = droppedConstraints({ AlterTableStmt: statement });
  if (objtype !== 'OBJECT_TABLE' && objtype !== 'OBJECT_MATVIEW') {
    return;
  }
  const table = tableName(relation!);
  for (const command of commandsOf(statement)) {
    alter({ table, command, dropped, catalogue }, (name, lock, work) => {
      const isPartitioned = catalogue.tables.get(name)?.isPartitioned ?? false;
      // A partitioned table has no rows of its own.
      add(name, lock, isPartitioned ? {} : work);
      if (name === table && lock === 'ACCESS EXCLUSIVE') {
        catalogue.partitionsOf(table).forEach(partition => add(partition, lock, work));
      }
    });
  }
}

/** Commands that need less than the lock of most of them. */
const weakerLocks: Record<string, LockMode | undefined> = {
  AT_EnableTrig: 'SHARE ROW EXCLUSIVE',
  AT_EnableAlwaysTrig: 'SHARE ROW EXCLUSIVE',
  AT_EnableReplicaTrig: 'SHARE ROW EXCLUSIVE',
  AT_EnableTrigAll: 'SHARE ROW EXCLUSIVE',
  AT_EnableTrigUser: 'SHARE ROW EXCLUSIVE',
  AT_DisableTrig: 'SHARE ROW EXCLUSIVE',
  AT_DisableTrigAll: 'SHARE ROW EXCLUSIVE',
  AT_DisableTrigUser: 'SHARE ROW EXCLUSIVE',
  AT_SetStatistics: 'SHARE UPDATE EXCLUSIVE',
  AT_SetOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ResetOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_SetRelOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ResetRelOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ClusterOn: 'SHARE UPDATE EXCLUSIVE',
  AT_DropCluster: 'SHARE UPDATE EXCLUSIVE',
  AT_DetachPartitionFinalize: 'SHARE UPDATE EXCLUSIVE',
};

interface Alteration {
  table: string;
  command: AlterTableCmd;
  /** Constraints that the same statement drops. */
  dropped: string[];
  catalogue: Catalogue;
}

function alter({ table, command, dropped, catalogue }: Alteration, add: AddEffect): void {
  const { subtype, name, def } = command;
  const known = catalogue.tables.get(table);
  if (subtype === 'AT_AddColumn' && def && 'ColumnDef' in def) {
    const rewrites = reasonToRewrite(def.ColumnDef, catalogue) !== undefined;
    add(table, 'ACCESS EXCLUSIVE', { rewrites, scans: rewrites });
    for (const constraint of constraintsOf(def.ColumnDef)) {
      addConstraint(table, constraint, catalogue, add, isCheckedForNew(constraint, def.ColumnDef));
    }
  } else if (subtype === 'AT_AddConstraint' && def && 'Constraint' in def) {
    addConstraint(table, def.Constraint, catalogue, add, !def.Constraint.skip_validation);
  } else if (subtype === 'AT_ValidateConstraint') {
    const constraint = known?.constraints.get(name!);
    add(table, 'SHARE UPDATE EXCLUSIVE', { scans: !constraint?.isValid });
    if (constraint?.refersTo && !constraint.isValid) {
      add(constraint.refersTo, 'ROW SHARE');
    }
  } else if (subtype === 'AT_SetNotNull') {
    add(table, 'ACCESS EXCLUSIVE', { scans: !catalogue.isProvenNotNull(table, name!, dropped) });
  } else if (subtype === 'AT_AlterColumnType' && def && 'ColumnDef' in def) {
    const rewrites = changeOfType(table, name!, def.ColumnDef, catalogue) !== 'free';
    const scans = rewrites || checksOf(table, name!, catalogue).length > 0;
    add(table, 'ACCESS EXCLUSIVE', { rewrites, scans });
  } else if (subtype === 'AT_DropConstraint') {
    add(table, 'ACCESS EXCLUSIVE');
    const refersTo = known?.constraints.get(name!)?.refersTo;
    if (refersTo) {
      add(refersTo, 'ACCESS EXCLUSIVE');
    }
  } else if (subtype === 'AT_DropColumn') {
    add(table, 'ACCESS EXCLUSIVE');
    for (const { columns, refersTo } of known?.constraints.values() ?? []) {
      if (refersTo && columns.includes(name!)) {
        add(refersTo, 'ACCESS EXCLUSIVE');
      }
    }
  } else if (subtype === 'AT_AttachPartition' && def && 'PartitionCmd' in def) {
    add(table, 'SHARE UPDATE EXCLUSIVE');
    const partition = tableName(def.PartitionCmd.name!);
    add(partition, 'ACCESS EXCLUSIVE', { scans: !catalogue.hasValidCheck(partition) });
  } else if (subtype === 'AT_DetachPartition' && def && 'PartitionCmd' in def) {
    const lock = def.PartitionCmd.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE';
    add(table, lock);
    add(tableName(def.PartitionCmd.name!), lock);
  } else if (subtype === 'AT_AddInherit' || subtype === 'AT_DropInherit') {
    add(table, 'ACCESS EXCLUSIVE');
    tablesIn(def).forEach(parent => add(tableName(parent), 'SHARE UPDATE EXCLUSIVE'));
  } else {
    const rewrites = rewritingCommands.has(subtype!);
    add(table, weakerLocks[subtype!] ?? 'ACCESS EXCLUSIVE', { rewrites, scans: rewrites });
  }
}

/**
 * Whether PostgreSQL looks at the rows for a constraint that stands behind a new column's type. All rows have the same value
 * there: a null refers to nothing, and of a default it knows that it is not null.
 */
function isCheckedForNew({ contype }: Constraint, column: ColumnDef): boolean {
  const hasDefault = columnConstraint(column, 'CONSTR_DEFAULT', 'CONSTR_GENERATED') !== undefined;
  return contype === 'CONSTR_NOTNULL' ? !hasDefault : contype !== 'CONSTR_FOREIGN' || hasDefault;
}

/** Other commands that write all rows anew. */
const rewritingCommands = new Set([
  'AT_SetLogged',
  'AT_SetUnLogged',
  'AT_SetTableSpace',
  'AT_SetAccessMethod',
  'AT_SetExpression',
]);

function addConstraint(
  table: string,
  { contype, pktable, indexname }: Constraint,
  catalogue: Catalogue,
  add: AddEffect,
  isChecked: boolean,
): void {
  if (contype === 'CONSTR_FOREIGN') {
    add(table, 'SHARE ROW EXCLUSIVE', { scans: isChecked });
    add(tableName(pktable!), 'SHARE ROW EXCLUSIVE');
  } else if (contype === 'CONSTR_PRIMARY') {
    add(table, 'ACCESS EXCLUSIVE', { scans: indexname === undefined || mayBeNull(indexname) });
  } else if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_EXCLUSION') {
    add(table, 'ACCESS EXCLUSIVE', { scans: indexname === undefined });
  } else if (contype === 'CONSTR_CHECK' || contype === 'CONSTR_NOTNULL') {
    add(table, 'ACCESS EXCLUSIVE', { scans: isChecked });
  }

  function mayBeNull(index: string): boolean {
    return (catalogue.index(index)?.columns ?? []).some(column => !catalogue.isProvenNotNull(table, column));
  }
}
