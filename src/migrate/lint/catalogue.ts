import type {
  AlterTableCmd,
  ColumnDef,
  Constraint,
  CreateFunctionStmt,
  CreateStmt,
  DropStmt,
  IndexStmt,
  Node,
  RenameStmt,
} from 'libpg-query';
import { columnConstraint, commandsOf, columnsIn, constraintsOf, joinedName, nameParts, tableName } from './ast.js';
import { columnType, type ColumnType, type Domain } from './column-types.js';

export interface CatalogueColumn {
  type: ColumnType;
  isNotNull: boolean;
}

export interface CatalogueConstraint {
  kind: 'primary' | 'unique' | 'exclusion' | 'foreign' | 'check' | 'notNull';
  columns: string[];
  isValid: boolean;
  /** Of a check: what it holds. */
  expression?: Node;
  /** Of a foreign key: the table that it refers to. */
  refersTo?: string;
}

export interface CatalogueTable {
  columns: Map<string, CatalogueColumn>;
  constraints: Map<string, CatalogueConstraint>;
  partitionOf?: string;
  isPartitioned: boolean;
}

export interface CatalogueIndex {
  table: string;
  columns: string[];
}

/**
 * What the migrations have made so far, as far as it can be told from their statements alone: no database is asked. What a
 * function of a migration does when it is called is not known.
 */
export class Catalogue {
  readonly tables = new Map<string, CatalogueTable>();
  readonly indexes = new Map<string, CatalogueIndex>();
  readonly domains = new Map<string, Domain>();
  readonly enums = new Map<string, Set<string>>();
  /** Functions by name, and whether these are volatile. */
  readonly functions = new Map<string, boolean>();

  /** A catalogue of its own with the same in it. */
  copy(): Catalogue {
    return Object.assign(new Catalogue(), structuredClone({ ...this }));
  }

  /** Notes what a statement changes. */
  apply(node: Node): void {
    if ('CreateStmt' in node) {
      this.#createTable(node.CreateStmt);
    } else if ('CreateTableAsStmt' in node) {
      this.tables.set(tableName(node.CreateTableAsStmt.into!.rel!), emptyTable());
    } else if ('AlterTableStmt' in node) {
      const name = tableName(node.AlterTableStmt.relation!);
      commandsOf(node.AlterTableStmt).forEach(command => this.#alter(name, command));
    } else if ('IndexStmt' in node) {
      this.#createIndex(node.IndexStmt);
    } else if ('DropStmt' in node) {
      this.#drop(node.DropStmt);
    } else if ('RenameStmt' in node) {
      this.#rename(node.RenameStmt);
    } else if ('CreateDomainStmt' in node) {
      const { domainname, typeName, constraints } = node.CreateDomainStmt;
      this.domains.set(joinedName(domainname), {
        base: columnType(typeName!),
        isConstrained: (constraints?.length ?? 0) > 0,
      });
    } else if ('AlterDomainStmt' in node) {
      const domain = this.domains.get(joinedName(node.AlterDomainStmt.typeName));
      if (domain && ['C', 'O'].includes(node.AlterDomainStmt.subtype!)) {
        domain.isConstrained = true;
      }
    } else if ('CreateEnumStmt' in node) {
      this.enums.set(joinedName(node.CreateEnumStmt.typeName), new Set(nameParts(node.CreateEnumStmt.vals)));
    } else if ('AlterEnumStmt' in node) {
      this.enums.get(joinedName(node.AlterEnumStmt.typeName))?.add(node.AlterEnumStmt.newVal!);
    } else if ('CreateFunctionStmt' in node) {
      this.functions.set(joinedName(node.CreateFunctionStmt.funcname), isVolatile(node.CreateFunctionStmt));
    }
  }

  #createTable({ relation, tableElts, inhRelations, partspec, partbound }: CreateStmt): void {
    const name = tableName(relation!);
    if (this.tables.has(name)) {
      return;
    }
    const table = emptyTable(partspec !== undefined);
    const parents = (inhRelations ?? []).map(node => ('RangeVar' in node ? tableName(node.RangeVar) : ''));
    if (partbound) {
      table.partitionOf = parents[0]!;
    }
    for (const parent of parents) {
      this.#copyColumns(parent, table);
    }
    this.tables.set(name, table);
    for (const element of tableElts ?? []) {
      if ('ColumnDef' in element) {
        this.#addColumn(name, element.ColumnDef);
      } else if ('Constraint' in element) {
        this.#addConstraint(name, element.Constraint, [], true);
      } else if ('TableLikeClause' in element) {
        this.#copyColumns(tableName(element.TableLikeClause.relation!), table);
      }
    }
  }

  #copyColumns(from: string, to: CatalogueTable): void {
    for (const [name, column] of this.tables.get(from)?.columns ?? []) {
      to.columns.set(name, structuredClone(column));
    }
  }

  #addColumn(tableKey: string, definition: ColumnDef): void {
    const { colname, typeName } = definition;
    this.tables.get(tableKey)?.columns.set(colname!, {
      type: columnType(typeName!),
      isNotNull: columnConstraint(definition, 'CONSTR_NOTNULL', 'CONSTR_PRIMARY', 'CONSTR_IDENTITY') !== undefined,
    });
    for (const constraint of constraintsOf(definition)) {
      this.#addConstraint(tableKey, constraint, [colname!], true);
    }
  }

  #addConstraint(tableKey: string, constraint: Constraint, ownColumns: string[], isNew = false): void {
    const table = this.tables.get(tableKey);
    const kind = constraintKinds[constraint.contype!];
    if (!table || !kind) {
      return;
    }
    const byIndex = constraint.indexname ? this.indexes.get(constraint.indexname)?.columns : undefined;
    const named = nameParts(constraint.keys ?? constraint.fk_attrs);
    const columns =
      byIndex ?? (constraint.raw_expr ? columnsIn(constraint.raw_expr) : named.length > 0 ? named : ownColumns);
    const isValid = isNew || !constraint.skip_validation;
    table.constraints.set(constraint.conname ?? implicitName(tableKey, kind, columns), {
      kind,
      columns,
      isValid,
      ...(kind === 'check' && { expression: constraint.raw_expr! }),
      ...(constraint.pktable && { refersTo: tableName(constraint.pktable) }),
    });
    if (kind === 'primary' || (kind === 'notNull' && isValid)) {
      columns.forEach(column => this.#setNotNull(tableKey, column, true));
    }
    if (kind === 'primary' || kind === 'unique') {
      this.indexes.delete(constraint.indexname ?? '');
      this.indexes.set(constraint.conname ?? implicitName(tableKey, kind, columns), { table: tableKey, columns });
    }
  }

  #setNotNull(table: string, column: string, isNotNull: boolean): void {
    const known = this.tables.get(table)?.columns.get(column);
    if (known) {
      known.isNotNull = isNotNull;
    }
  }

  #alter(tableKey: string, { subtype, name, def }: AlterTableCmd): void {
    const table = this.tables.get(tableKey);
    if (subtype === 'AT_AddColumn' && def && 'ColumnDef' in def) {
      this.#addColumn(tableKey, def.ColumnDef);
    } else if (subtype === 'AT_DropColumn') {
      table?.columns.delete(name!);
      this.#forget(tableKey, name!);
    } else if (subtype === 'AT_AlterColumnType' && def && 'ColumnDef' in def) {
      const column = table?.columns.get(name!);
      if (column) {
        column.type = columnType(def.ColumnDef.typeName!);
      }
    } else if (subtype === 'AT_SetNotNull' || subtype === 'AT_DropNotNull') {
      this.#setNotNull(tableKey, name!, subtype === 'AT_SetNotNull');
    } else if (subtype === 'AT_AddConstraint' && def && 'Constraint' in def) {
      this.#addConstraint(tableKey, def.Constraint, []);
    } else if (subtype === 'AT_ValidateConstraint') {
      const constraint = table?.constraints.get(name!);
      if (constraint) {
        constraint.isValid = true;
        if (constraint.kind === 'notNull') {
          constraint.columns.forEach(column => this.#setNotNull(tableKey, column, true));
        }
      }
    } else if (subtype === 'AT_DropConstraint') {
      table?.constraints.delete(name!);
      this.indexes.delete(name!);
    } else if (subtype === 'AT_AttachPartition' && def && 'PartitionCmd' in def) {
      const partition = this.tables.get(tableName(def.PartitionCmd.name!));
      if (partition) {
        partition.partitionOf = tableKey;
      }
    } else if (subtype === 'AT_DetachPartition' && def && 'PartitionCmd' in def) {
      delete this.tables.get(tableName(def.PartitionCmd.name!))?.partitionOf;
    }
  }

  /** Forgets what goes with a column. */
  #forget(tableKey: string, column: string): void {
    const constraints = this.tables.get(tableKey)?.constraints;
    for (const [name, { columns }] of constraints ?? []) {
      if (columns.includes(column)) {
        constraints!.delete(name);
      }
    }
    for (const [name, index] of this.indexes) {
      if (index.table === tableKey && index.columns.includes(column)) {
        this.indexes.delete(name);
      }
    }
  }

  #createIndex({ idxname, relation, indexParams }: IndexStmt): void {
    const columns = (indexParams ?? []).flatMap(node =>
      'IndexElem' in node ? (node.IndexElem.name ?? columnsIn(node.IndexElem.expr)) : [],
    );
    const table = tableName(relation!);
    this.indexes.set(idxname ?? `${indexKey(table)}_${columns.join('_')}_idx`, { table, columns });
  }

  #drop({ removeType, objects }: DropStmt): void {
    for (const name of (objects ?? []).map(joinedName)) {
      if (removeType === 'OBJECT_TABLE') {
        this.tables.delete(name);
      } else if (removeType === 'OBJECT_INDEX') {
        this.indexes.delete(indexKey(name));
      } else if (removeType === 'OBJECT_TYPE') {
        this.enums.delete(name);
      } else if (removeType === 'OBJECT_DOMAIN') {
        this.domains.delete(name);
      }
    }
  }

  #rename({ renameType, relation, subname, newname }: RenameStmt): void {
    const table = relation && tableName(relation);
    if (renameType === 'OBJECT_TABLE') {
      moveKey(this.tables, table!, relation!.schemaname ? `${relation!.schemaname}.${newname}` : newname!);
    } else if (renameType === 'OBJECT_COLUMN') {
      moveKey(this.tables.get(table!)?.columns ?? new Map(), subname!, newname!);
      for (const { columns } of this.tables.get(table!)?.constraints.values() ?? []) {
        columns.splice(0, columns.length, ...columns.map(column => (column === subname ? newname! : column)));
      }
    } else if (renameType === 'OBJECT_TABCONSTRAINT') {
      moveKey(this.tables.get(table!)?.constraints ?? new Map(), subname!, newname!);
    } else if (renameType === 'OBJECT_INDEX') {
      moveKey(this.indexes, table!, newname!);
    }
  }

  /** The tables with a foreign key to a table. */
  referring(name: string): string[] {
    return [...this.tables]
      .filter(([, { constraints }]) => [...constraints.values()].some(({ refersTo }) => refersTo === name))
      .map(([table]) => table);
  }

  /** Whether a check holds for all rows of a table, which may be what a partition must hold. */
  hasValidCheck(name: string): boolean {
    return [...(this.tables.get(name)?.constraints.values() ?? [])].some(
      ({ kind, isValid }) => kind === 'check' && isValid,
    );
  }

  partitionsOf(name: string): string[] {
    return [...this.tables].filter(([, { partitionOf }]) => partitionOf === name).map(([partition]) => partition);
  }

  /** An index, whichever schema a statement finds it in. */
  index(name: string): CatalogueIndex | undefined {
    return this.indexes.get(indexKey(name));
  }

  /**
   * Whether constraints that are known to hold say that a column is never null, so that PostgreSQL need not look at the
   * rows.
   * @param dropped constraints that the same statement drops: it does so first, and they prove nothing any more
   */
  isProvenNotNull(tableKey: string, column: string, dropped: readonly string[] = []): boolean {
    const table = this.tables.get(tableKey);
    return (
      (table?.columns.get(column)?.isNotNull ?? false) ||
      [...(table?.constraints ?? [])].some(
        ([name, { isValid, expression }]) =>
          isValid && !dropped.includes(name) && conjunctsOf(expression).some(node => saysNotNull(node, column)),
      )
    );
  }
}

const constraintKinds: Record<string, CatalogueConstraint['kind'] | undefined> = {
  CONSTR_PRIMARY: 'primary',
  CONSTR_UNIQUE: 'unique',
  CONSTR_EXCLUSION: 'exclusion',
  CONSTR_FOREIGN: 'foreign',
  CONSTR_CHECK: 'check',
  CONSTR_NOTNULL: 'notNull',
};

function emptyTable(isPartitioned = false): CatalogueTable {
  return { columns: new Map(), constraints: new Map(), isPartitioned };
}

/** The name that PostgreSQL gives a constraint that got none. */
function implicitName(table: string, kind: CatalogueConstraint['kind'], columns: string[]): string {
  const name = table.split('.').at(-1)!;
  const suffixes = {
    primary: 'pkey',
    unique: 'key',
    exclusion: 'excl',
    foreign: 'fkey',
    check: 'check',
    notNull: 'not_null',
  };
  return [name, ...(kind === 'primary' ? [] : columns), suffixes[kind]].join('_');
}

/** Indexes stand in the schema of their tables, but are made without naming it. */
function indexKey(name: string): string {
  return name.split('.').at(-1)!;
}

function moveKey<Value>(map: Map<string, Value>, from: string, to: string): void {
  const value = map.get(from);
  if (value !== undefined) {
    map.delete(from);
    map.set(to, value);
  }
}

function isVolatile({ options }: CreateFunctionStmt): boolean {
  const option = (options ?? []).find(node => 'DefElem' in node && node.DefElem.defname === 'volatility');
  const said = option && 'DefElem' in option && option.DefElem.arg ? nameParts(option.DefElem.arg)[0] : 'volatile';
  return said === 'volatile';
}

function conjunctsOf(expression: Node | undefined): Node[] {
  if (!expression) {
    return [];
  }
  return 'BoolExpr' in expression && expression.BoolExpr.boolop === 'AND_EXPR'
    ? (expression.BoolExpr.args ?? []).flatMap(conjunctsOf)
    : [expression];
}

function saysNotNull(node: Node, column: string): boolean {
  return (
    'NullTest' in node &&
    node.NullTest.nulltesttype === 'IS_NOT_NULL' &&
    'ColumnRef' in (node.NullTest.arg ?? {}) &&
    columnsIn(node.NullTest.arg)[0] === column
  );
}
