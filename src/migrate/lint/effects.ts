import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, DropStmt, Node, RenameStmt } from 'libpg-query';
import {
  booleanOption,
  columnConstraint,
  commandsOf,
  constraintsOf,
  droppedConstraints,
  findAll,
  joinedName,
  nameParts,
  tableName,
  tablesIn,
} from './ast.js';
import type { Catalogue } from './catalogue.js';
import { columnType, isFreeWidening, isSerial } from './column-types.js';
import { type LockMode, lockModes, strongerOf } from './lock-modes.js';
import { volatileFunctionIn } from './volatility.js';

/** What a statement does to a table, as it can be told from its text and from what earlier migrations have made. */
export interface Effect {
  table: string;
  lock: LockMode;
  /** The table gets a new file: its rows are written anew, or are gone. */
  rewrites: boolean;
  /** All rows are read while the lock is held. */
  scans: boolean;
}

/**
 * The tables that a statement locks, each with its strongest lock. `test/migrate/lint` compares these with the locks that a
 * server takes.
 */
export function effectsOf(node: Node, catalogue: Catalogue): Effect[] {
  const effects = new Map<string, Effect>();
  const add = (table: string, lock: LockMode, { rewrites = false, scans = false } = {}) => {
    const known = effects.get(table);
    effects.set(table, {
      table,
      lock: known ? strongerOf(known.lock, lock) : lock,
      rewrites: rewrites || (known?.rewrites ?? false),
      scans: scans || (known?.scans ?? false),
    });
  };
  collect(node, catalogue, add);
  return [...effects.values()];
}

type Add = (table: string, lock: LockMode, work?: { rewrites?: boolean; scans?: boolean }) => void;

function collect(node: Node, catalogue: Catalogue, add: Add): void {
  if ('AlterTableStmt' in node) {
    alterTable(node.AlterTableStmt, catalogue, add);
  } else if ('IndexStmt' in node) {
    add(tableName(node.IndexStmt.relation!), node.IndexStmt.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE', {
      scans: true,
    });
  } else if ('ReindexStmt' in node) {
    const { kind, relation, params } = node.ReindexStmt;
    if (relation) {
      const named = tableName(relation);
      const table = kind === 'REINDEX_OBJECT_INDEX' ? catalogue.index(named)?.table : named;
      const lock = booleanOption(params, 'concurrently') ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE';
      add(table ?? named, lock, { scans: true });
    }
  } else if ('DropStmt' in node) {
    drop(node.DropStmt, catalogue, add);
  } else if ('RenameStmt' in node) {
    rename(node.RenameStmt, catalogue, add);
  } else if ('AlterObjectSchemaStmt' in node) {
    if (node.AlterObjectSchemaStmt.relation) {
      add(tableName(node.AlterObjectSchemaStmt.relation), 'ACCESS EXCLUSIVE');
    }
  } else if ('CreateStmt' in node) {
    const { inhRelations, partbound, tableElts } = node.CreateStmt;
    for (const parent of tablesIn(inhRelations)) {
      add(tableName(parent), partbound ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE');
    }
    for (const { pktable } of findAll<Constraint>(tableElts, 'Constraint')) {
      if (pktable) {
        add(tableName(pktable), 'SHARE ROW EXCLUSIVE');
      }
    }
  } else if ('CreateTrigStmt' in node) {
    add(tableName(node.CreateTrigStmt.relation!), 'SHARE ROW EXCLUSIVE');
  } else if ('CreatePolicyStmt' in node) {
    add(tableName(node.CreatePolicyStmt.table!), 'ACCESS EXCLUSIVE');
  } else if ('AlterPolicyStmt' in node) {
    add(tableName(node.AlterPolicyStmt.table!), 'ACCESS EXCLUSIVE');
  } else if ('RuleStmt' in node) {
    add(tableName(node.RuleStmt.relation!), 'ACCESS EXCLUSIVE');
  } else if ('TruncateStmt' in node) {
    const truncated = tablesIn(node.TruncateStmt.relations).map(tableName);
    const all = node.TruncateStmt.behavior === 'DROP_CASCADE' ? withReferring(truncated, catalogue) : truncated;
    all.forEach(table => add(table, 'ACCESS EXCLUSIVE', { rewrites: true }));
  } else if ('VacuumStmt' in node) {
    const { rels, options, is_vacuumcmd: isVacuum } = node.VacuumStmt;
    const isFull = isVacuum === true && booleanOption(options, 'full') === true;
    for (const table of tablesIn(rels)) {
      add(tableName(table), isFull ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE', {
        rewrites: isFull,
        scans: isVacuum === true,
      });
    }
  } else if ('ClusterStmt' in node) {
    if (node.ClusterStmt.relation) {
      add(tableName(node.ClusterStmt.relation), 'ACCESS EXCLUSIVE', { rewrites: true, scans: true });
    }
  } else if ('RefreshMatViewStmt' in node) {
    const { relation, concurrent } = node.RefreshMatViewStmt;
    add(tableName(relation!), concurrent ? 'EXCLUSIVE' : 'ACCESS EXCLUSIVE', { rewrites: !concurrent, scans: true });
  } else if ('LockStmt' in node) {
    tablesIn(node.LockStmt.relations).forEach(table => add(tableName(table), lockModes[node.LockStmt.mode! - 1]!));
  } else if ('CommentStmt' in node) {
    const { objtype, object } = node.CommentStmt;
    if (objtype === 'OBJECT_TABLE' || objtype === 'OBJECT_COLUMN') {
      const parts = nameParts(object);
      add(parts.slice(0, objtype === 'OBJECT_COLUMN' ? -1 : undefined).join('.'), 'SHARE UPDATE EXCLUSIVE');
    }
  } else if ('CreateStatsStmt' in node) {
    tablesIn(node.CreateStatsStmt.relations).forEach(table => add(tableName(table), 'SHARE UPDATE EXCLUSIVE'));
  } else if ('AlterDomainStmt' in node) {
    const { subtype, typeName, def } = node.AlterDomainStmt;
    const isChecked =
      subtype === 'O' || (subtype === 'C' && !(def && 'Constraint' in def && def.Constraint.skip_validation));
    if (isChecked || subtype === 'V') {
      tablesOfType(joinedName(typeName), catalogue).forEach(table => add(table, 'SHARE', { scans: true }));
    }
  } else {
    readAndWrite(node, add);
  }
}

function readAndWrite(node: Node, add: Add): void {
  if (!(
    'InsertStmt' in node ||
    'UpdateStmt' in node ||
    'DeleteStmt' in node ||
    'MergeStmt' in node ||
    'SelectStmt' in node
  )) {
    return;
  }
  const isLocking = findAll(node, 'LockingClause').length > 0;
  tablesIn(node).forEach(table => add(tableName(table), isLocking ? 'ROW SHARE' : 'ACCESS SHARE', { scans: true }));
  const [statement] = Object.values(node) as [{ relation?: Parameters<typeof tableName>[0] }];
  if (statement.relation && !('SelectStmt' in node)) {
    add(tableName(statement.relation), 'ROW EXCLUSIVE', { scans: !('InsertStmt' in node) });
  }
}

function withReferring(tables: string[], catalogue: Catalogue): Set<string> {
  const all = new Set(tables);
  // A set that grows while it is gone through is gone through to its end.
  for (const table of all) {
    catalogue.referring(table).forEach(other => all.add(other));
  }
  return all;
}

function tablesOfType(type: string, { tables }: Catalogue): string[] {
  return [...tables]
    .filter(([, { columns }]) => [...columns.values()].some(column => column.type.name === type))
    .map(([name]) => name);
}

function drop({ removeType, objects, concurrent, behavior }: DropStmt, catalogue: Catalogue, add: Add): void {
  for (const object of objects ?? []) {
    const name = joinedName(object);
    if (removeType === 'OBJECT_TABLE' || removeType === 'OBJECT_MATVIEW') {
      add(name, 'ACCESS EXCLUSIVE');
      const others = behavior === 'DROP_CASCADE' ? catalogue.referring(name) : [];
      [...referredBy(name, catalogue), ...others].forEach(other => add(other, 'ACCESS EXCLUSIVE'));
      const parent = catalogue.tables.get(name)?.partitionOf;
      if (parent) {
        add(parent, 'ACCESS EXCLUSIVE');
      }
    } else if (removeType === 'OBJECT_INDEX') {
      const table = catalogue.index(name)?.table;
      if (table) {
        add(table, concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE');
      }
    } else if (removeType === 'OBJECT_TRIGGER' || removeType === 'OBJECT_POLICY' || removeType === 'OBJECT_RULE') {
      add(nameParts(object).slice(0, -1).join('.'), 'ACCESS EXCLUSIVE');
    }
  }
}

/** The tables that a table's foreign keys refer to. */
function referredBy(name: string, { tables }: Catalogue): string[] {
  return [...(tables.get(name)?.constraints.values() ?? [])].flatMap(({ refersTo }) => refersTo ?? []);
}

function rename({ renameType, relation, relationType }: RenameStmt, catalogue: Catalogue, add: Add): void {
  if (!relation) {
    return;
  }
  const name = tableName(relation);
  if (renameType === 'OBJECT_INDEX') {
    const table = catalogue.index(name)?.table;
    if (table) {
      // The index alone is locked.
      return;
    }
  }
  if (renameType !== 'OBJECT_TYPE' && relationType !== 'OBJECT_VIEW') {
    add(name, renameType === 'OBJECT_INDEX' ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE');
  }
}

function alterTable(statement: AlterTableStmt, catalogue: Catalogue, add: Add): void {
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

function alter({ table, command, dropped, catalogue }: Alteration, add: Add): void {
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
  add: Add,
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

/** Why a new column makes PostgreSQL write all rows anew; undefined when it doesn't. */
export function reasonToRewrite(column: ColumnDef, { functions, domains }: Catalogue): string | undefined {
  if (isSerial(column.typeName)) {
    return 'its numbers are drawn row by row';
  }
  if (columnConstraint(column, 'CONSTR_IDENTITY')) {
    return 'its numbers are drawn row by row';
  }
  const generated = columnConstraint(column, 'CONSTR_GENERATED');
  if (generated) {
    return generated.generated_kind === 's' ? 'its values are stored' : undefined;
  }
  const name = volatileFunctionIn(columnConstraint(column, 'CONSTR_DEFAULT')?.raw_expr, functions);
  if (name) {
    return `${name}() gives each row another value`;
  }
  const type = columnType(column.typeName!);
  return !type.isArray && domains.get(type.name)?.isConstrained
    ? `the domain ${type.name} checks each value`
    : undefined;
}

/** Whether a change of a column's type leaves the rows as they are; `unknown` where no migration made the column. */
export function changeOfType(
  table: string,
  column: string,
  { typeName, raw_default: using }: ColumnDef,
  { tables, domains }: Catalogue,
): 'free' | 'rewrite' | 'unknown' {
  const from = tables.get(table)?.columns.get(column)?.type;
  if (!from) {
    return 'unknown';
  }
  const steps = using ? castsOf(using, column) : [];
  if (!steps) {
    return 'rewrite';
  }
  let type = from;
  for (const next of [...steps, columnType(typeName!)]) {
    if (!isFreeWidening(type, next, domains)) {
      return 'rewrite';
    }
    type = next;
  }
  return 'free';
}

/** The types that `using` leads the column through, as in `using a::text::varchar`; undefined where it does anything else. */
function castsOf(expression: Node, column: string): ReturnType<typeof columnType>[] | undefined {
  if ('TypeCast' in expression) {
    const before = castsOf(expression.TypeCast.arg!, column);
    return before && [...before, columnType(expression.TypeCast.typeName!)];
  }
  const isColumn = 'ColumnRef' in expression && nameParts(expression.ColumnRef.fields).at(-1) === column;
  return isColumn ? [] : undefined;
}

/** The checks that are made on all rows again when a column's type changes, however it changes. */
export function checksOf(table: string, column: string, { tables }: Catalogue): string[] {
  return [...(tables.get(table)?.constraints ?? [])]
    .filter(([, { kind, columns }]) => kind === 'check' && columns.includes(column))
    .map(([name]) => name);
}
