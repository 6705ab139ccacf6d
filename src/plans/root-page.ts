import { getNamedType, type GraphQLObjectType } from 'graphql';
import { orderName } from '../database/list.js';
import type { JsonRow } from '../database/reader.js';
import type { Table } from '../database/table.js';
import { writeObject } from './json-object.js';
import { instantSql } from './json-sql.js';
import { listClauses, pageClauses } from './page-clauses.js';
import type { PageShape } from './planned.js';
import type { SelectedField } from './selection.js';
import { Unplanned } from './unplanned.js';
import { typeOf, writeColumns, type Writing } from './write-field.js';

/** What a part of a connection is made of: the rows of the page, and what else is known. */
interface Page {
  rows: readonly JsonRow[];
  hasMore: boolean;
  totalCount: string | null;
}

/** Writes a part of a connection as JSON. */
type Part = (page: Page) => string;
type PartOfRow = (row: JsonRow) => string;

/** A page of a list that a query asks for at its top: the rows of its statement, and the connection that is made of them. */
export class RootPage {
  readonly text: string;
  readonly #table: Table;
  readonly #alias: string;
  /** The select list, and how many values it has. */
  readonly #columns: string[] = [];
  #width = 0;
  /** Where the values of a row's cursor begin; undefined where no cursor is asked for. */
  #cursorStart: number | undefined;
  #countsAll = false;
  #looksBeyond = false;
  #readsRows = false;
  readonly #write: Part;

  constructor(
    private readonly writing: Writing,
    private readonly shape: PageShape,
    connection: SelectedField,
  ) {
    this.#table = writing.writer.table(shape.list.entity);
    this.#alias = writing.writer.alias();
    this.#write = this.#object(connection, field => this.#connectionField(field));
    this.text = this.#select();
  }

  /** The connection as JSON. */
  toJson(rows: readonly JsonRow[]): string {
    const { size, fromEnd } = this.shape.request.page;
    // Beside a count there is one row even where the page has none.
    const found = this.#countsAll && rows[0]![this.#width] === null ? [] : rows;
    const page = found.slice(0, size);
    return this.#write({
      rows: fromEnd ? page.reverse() : page,
      hasMore: found.length > size,
      totalCount: this.#countsAll ? rows[0]![this.#width + 1]! : null,
    });
  }

  #connectionField(field: SelectedField): Part {
    switch (field.name) {
      case 'nodes':
        return this.#list(this.#node(field));
      case 'edges':
        return this.#list(this.#object(field, selected => this.#edgeField(selected)));
      case 'pageInfo':
        return this.#object(field, selected => this.#pageInfoField(selected));
      case 'totalCount':
        this.#countsAll = true;
        return ({ totalCount }) => totalCount!;
      default:
        throw new Unplanned(`${field.name} of a connection is not planned.`);
    }
  }

  #pageInfoField(field: SelectedField): Part {
    const { after, before, fromEnd } = this.shape.request.page;
    this.#looksBeyond = true;
    switch (field.name) {
      case 'hasNextPage':
        return fromEnd ? () => String(before !== undefined) : ({ hasMore }) => String(hasMore);
      case 'hasPreviousPage':
        return fromEnd ? ({ hasMore }) => String(hasMore) : () => String(after !== undefined);
      case 'startCursor':
        return this.#cursorOf(rows => rows[0]);
      case 'endCursor':
        return this.#cursorOf(rows => rows.at(-1));
      default:
        throw new Unplanned(`${field.name} of a page is not planned.`);
    }
  }

  #list(write: PartOfRow): Part {
    this.#readsRows = true;
    return ({ rows }) => `[${rows.map(write).join(',')}]`;
  }

  #cursorOf(find: (rows: readonly JsonRow[]) => JsonRow | undefined): Part {
    const cursor = this.#cursor();
    return ({ rows }) => {
      const row = find(rows);
      return row ? cursor(row) : 'null';
    };
  }

  #edgeField(field: SelectedField): PartOfRow {
    switch (field.name) {
      case 'node':
        return this.#node(field);
      case 'cursor':
        return this.#cursor();
      default:
        throw new Unplanned(`${field.name} of an edge is not planned.`);
    }
  }

  #node(field: SelectedField): PartOfRow {
    const { entity } = this.shape.list;
    const openers = field.openers(typeOf(entity, field));
    const start = this.#add(writeColumns(this.writing, entity, this.#alias, field), openers.length);
    return row => writeObject(openers, row, start);
  }

  /** A row's place in the list, as `encodeCursor` writes it. */
  #cursor(): PartOfRow {
    const { list, request } = this.shape;
    const properties = list.sorts[request.sort]!;
    const start = (this.#cursorStart ??= this.#add(
      properties.map(property => this.#sortValue(property)).join(', '),
      properties.length,
    ));
    const name = JSON.stringify(orderName(list, request));
    return row => {
      const values = row.slice(start, start + properties.length);
      return `"${Buffer.from(`[${name},${values.join(',')}]`).toString('base64url')}"`;
    };
  }

  /** A value of a sorted column, in a type that becomes JSON as cursors have it. */
  #sortValue(property: string): string {
    const type = this.#table.type(property);
    const column = `${this.#alias}.${this.#table.column(property)}`;
    if (type === 'int') {
      return column;
    }
    return type.startsWith('timestamptz') ? instantSql(column) : `${column}::text`;
  }

  /** Adds values to the select list, and tells where they begin. */
  #add(columns: string, count: number): number {
    this.#columns.push(columns);
    this.#width += count;
    return this.#width - count;
  }

  /** The JSON of an object of the connection's own types. */
  #object<Source>(
    field: SelectedField,
    partOf: (field: SelectedField) => (source: Source) => string,
  ): (source: Source) => string {
    const type = getNamedType(field.type) as GraphQLObjectType;
    const openers = field.openers(type);
    const parts = field.below(type).map(selected => {
      const name = JSON.stringify(type.name);
      return selected.definition ? partOf(selected) : () => name;
    });
    return source => `${parts.map((part, index) => `${openers[index]}${part(source)}`).join('')}}`;
  }

  #select(): string {
    const { writer } = this.writing;
    if (this.#countsAlone()) {
      return `select null, count(*) ${listClauses(writer, this.shape, this.#alias)}`;
    }
    const clauses = pageClauses(writer, this.shape, this.#alias, this.#looksBeyond);
    if (!this.#countsAll) {
      return `select ${this.#columns.join(', ')} ${clauses}`;
    }
    const [page, count] = [writer.alias(), writer.alias()];
    const all = listClauses(writer, this.shape, writer.alias());
    // What is true tells a row of the page from the one that is there beside the count in any case.
    return `select ${page}.*, ${count}.* from (select count(*) ${all}) ${count}
      left join (select ${[...this.#columns, 'true'].join(', ')} ${clauses}) ${page} on true`;
  }

  /** Whether no row of the page is needed. One is looked for where there is a cursor, which may be refused. */
  #countsAlone(): boolean {
    const { after, before } = this.shape.request.page;
    return this.#countsAll && !this.#readsRows && !this.#looksBeyond && after === undefined && before === undefined;
  }
}
