/** A table as MikroORM's snapshot has it, in as much as renaming needs it. */
export interface SnapshotTable {
  name: string;
  schema: string;
  columns: Record<string, SnapshotColumn>;
  indexes: SnapshotIndex[];
  checks: SnapshotCheck[];
  foreignKeys: Record<string, SnapshotForeignKey>;
}

export interface SnapshotColumn {
  name: string;
  type: string;
  primary: boolean;
  generated?: string | null;
}

export interface SnapshotIndex {
  keyName: string;
  columnNames: string[];
  /** Whether it serves a constraint, whose name it has. */
  constraint: boolean;
  primary: boolean;
  unique: boolean;
  /** Its statement, where it is not made of columns alone. */
  expression?: string;
}

export interface SnapshotCheck {
  name: string;
  columnName?: string;
  expression: string;
  definition: string;
}

export interface SnapshotForeignKey {
  constraintName: string;
  columnNames: string[];
  /** With its schema, as is the other table's. */
  localTableName: string;
  referencedTableName: string;
  referencedColumnNames: string[];
}

/** The tables of a set of migrations, as MikroORM writes them beside these. */
export interface Snapshot {
  tables: SnapshotTable[];
}

/** The table of a name. */
export function tableOf({ tables }: Snapshot, name: string): SnapshotTable | undefined {
  return tables.find(table => table.name === name);
}

/** Names that one of two has and the other has not. */
export function missingIn<Item>(other: Readonly<Record<string, Item>>, own: Readonly<Record<string, Item>>): string[] {
  return Object.keys(own).filter(name => !(name in other));
}
