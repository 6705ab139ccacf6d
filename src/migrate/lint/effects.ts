import type { Constraint, DropStmt, Node, RangeVar, RenameStmt } from 'libpg-query';
import { addEffectsOfAlterTable } from './alter-table-effects.js';
import { booleanOption, findAll, joinedName, nameParts, tableName, tablesIn } from './ast.js';
import type { Catalogue } from './catalogue.js';
import { type LockMode, lockModes, strongerOf } from './lock-modes.js';

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

/** Notes that a statement locks a table, and what it does with all rows meanwhile. */
export type AddEffect = (table: string, lock: LockMode, work?: { rewrites?: boolean; scans?: boolean }) => void;

function collect(node: Node, catalogue: Catalogue, add: AddEffect): void {
  if ('AlterTableStmt' in node) {
    addEffectsOfAlterTable(node.AlterTableStmt, catalogue, add);
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
      if (table) {
        add(table, lock, { scans: true });
      }
    }
  } else if ('DropStmt' in node) {
    drop(node.DropStmt, catalogue, add);
  } else if ('RenameStmt' in node) {
    rename(node.RenameStmt, add);
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

function readAndWrite(node: Node, add: AddEffect): void {
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
  const [statement] = Object.values(node) as [{ relation?: RangeVar }];
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

function drop({ removeType, objects, concurrent, behavior }: DropStmt, catalogue: Catalogue, add: AddEffect): void {
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

function rename({ renameType, relation, relationType }: RenameStmt, add: AddEffect): void {
  // An index is locked itself, and its table is not.
  if (relation && renameType !== 'OBJECT_INDEX' && relationType !== 'OBJECT_VIEW') {
    add(tableName(relation), 'ACCESS EXCLUSIVE');
  }
}
