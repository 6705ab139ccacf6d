/** What a column is, in SQL. */
export interface Column {
  type: string;
  notNull?: boolean;
  default?: string;
}

/** A column that is replaced by one or several new ones, while programs that know either write to the table. */
export interface ColumnChange {
  table: string;
  old: Column & {
    name: string;
    /** Its value in SQL, made of the new columns. */
    value: string;
    /** Statements that make what is dropped together with it, such as its indexes and checks, for who takes that back. */
    restore: readonly string[];
  };
  /** The new columns, each with its value in SQL, made of the old one. */
  next: readonly (Column & { name: string; value: string })[];
  /**
   * Checks that name the new columns, by their names. They hold for what is written from the expansion on, and the contract looks
   * at the rows of before: until these are filled, they may violate them.
   */
  checks: Readonly<Record<string, string>>;
}

/** What all changes may say about the old column: see {@link ColumnChange}. */
interface Restores {
  restore?: readonly string[];
}

/** What all changes may say besides: see {@link ColumnChange}. */
interface Checks {
  checks?: Readonly<Record<string, string>>;
}

/** A column gets another name. */
export function rename({
  table,
  from,
  to,
  restore = [],
  checks = {},
  ...column
}: Column & Restores & Checks & { table: string; from: string; to: string }): ColumnChange {
  return {
    table,
    old: { ...column, name: from, value: quoted(to), restore },
    next: [{ ...column, name: to, value: quoted(from) }],
    checks,
  };
}

/**
 * A column gets another type, and with it another name: under the old one programs of before still find what they know.
 * @param change.up the new value in SQL, made of the old column
 * @param change.down the old value in SQL, made of the new column
 */
export function retype({
  table,
  from,
  to,
  up,
  down,
  checks = {},
}: Checks & {
  table: string;
  from: Column & Restores & { name: string };
  to: Column & { name: string };
  up: string;
  down: string;
}): ColumnChange {
  return { table, old: { restore: [], ...from, value: down }, next: [{ ...to, value: up }], checks };
}

/**
 * A column becomes several.
 * @param change.to each new column, with its value in SQL, made of the old one
 * @param change.joined the old value in SQL, made of the new columns
 */
export function split({
  table,
  from,
  to,
  joined,
  checks = {},
}: Checks & {
  table: string;
  from: Column & Restores & { name: string };
  to: Readonly<Record<string, Column & { value: string }>>;
  joined: string;
}): ColumnChange {
  return {
    table,
    old: { restore: [], ...from, value: joined },
    next: Object.entries(to).map(([name, column]) => ({ ...column, name })),
    checks,
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
