import type { EntityClass } from '@mikro-orm/core';
import { Extensions } from 'type-graphql';
import type { RequestContext } from '../context.js';
import type { List, ListRequest } from '../database/list.js';
import type { Reader } from '../database/reader.js';
import type { StatementWriter } from './statement-writer.js';

/** Where a field stands in a statement: with the row that it belongs to, or at the top without one. */
export interface Place {
  readonly writer: StatementWriter;
  readonly context: RequestContext;
  /** The column of a property of the row, as SQL. */
  readonly column: (property: string) => string;
}

/** A row that a field leads to, or none. */
interface RowShape {
  kind: 'row';
  entity: EntityClass<object>;
  /** The clauses `from` and `where` that find it under an alias. */
  from: (alias: string) => string;
}

/** All rows that a field leads to. */
interface RowsShape {
  kind: 'rows';
  entity: EntityClass<object>;
  from: (alias: string) => string;
  /** What follows `order by`. */
  orderBy: (alias: string) => string;
}

/** The rows of an entity that have the keys, in the order of these, and nothing in the place of those that are not there. */
interface RowsByKeysShape {
  kind: 'rowsByKeys';
  entity: EntityClass<object>;
  keys: readonly string[];
}

/** Objects of a type that is no entity, one for each row that some clauses find. */
interface ObjectsShape {
  kind: 'objects';
  from: (alias: string) => string;
  /** What follows `order by`. */
  orderBy: (alias: string) => string;
  /** What each field of an object gives, by the alias of its row. */
  fields: Record<string, (alias: string) => Shape>;
}

/** An object without a row, whose fields are read each by itself, all at the same time. At the top of a query alone. */
interface PartsShape {
  kind: 'parts';
}

/** A row that something found leads to. */
export interface RowReference {
  entity: EntityClass<object>;
  key: string;
}

/**
 * Objects that are found in steps, each of which needs to know what the one before gave. The rows that they lead to are
 * read by one statement for each entity. At the top of a query alone.
 */
export interface FoundShape {
  kind: 'found';
  /**
   * Finds them, with a value for each of the fields that are asked for, or the promise of one. An object of which a value is
   * undefined was gone by then and is left out.
   */
  find: (reader: Reader, fields: ReadonlySet<string>) => Promise<readonly object[]>;
  /** The entities that a field can lead to, each value of which is a {@link RowReference}; all other fields are plain values. */
  rows?: Record<string, readonly EntityClass<object>[]>;
}

/** A list of whatever entity; what its filter is, is known where the shape is made. */
export type PlannedList = List<object, unknown, string>;

/** A page of a list: of all of it, or of what points to one owner. */
export interface PageShape {
  kind: 'page';
  list: PlannedList;
  request: ListRequest<unknown, string>;
  owner?: { relation: string; key: string };
}

/** A plain value, as SQL that gives it as JSON has it. */
interface ValueShape {
  kind: 'value';
  sql: string;
}

/**
 * An object that is made of values of the row: each of its fields as SQL that gives a text, never null, without a
 * character that JSON escapes. So its text is put together, which costs half of what an object of columns does.
 */
interface FieldsShape {
  kind: 'fields';
  fields: Record<string, string>;
}

/** What a field gives, and how it is read. */
export type Shape =
  | RowShape
  | RowsShape
  | RowsByKeysShape
  | ObjectsShape
  | PageShape
  | ValueShape
  | FieldsShape
  | PartsShape
  | FoundShape;

/** Says what a field gives; undefined for arguments, or a viewer, that its resolver has to see to. */
export type Planner<Args = never> = (place: Place, args: Args) => Shape | undefined;

/** What a field says of how it is read; see {@link Planned}. */
export interface PlanExtension {
  plan?: Planner;
}

/**
 * Says how a field is read by a read plan, within one statement as a rule. Its resolver stays: it answers whenever the plan of
 * an operation cannot be made, and has to give the same. Fields that are columns of their type's entity need no word.
 */
export function Planned<Args>(plan: Planner<Args>): ReturnType<typeof Extensions> {
  return Extensions({ plan });
}
