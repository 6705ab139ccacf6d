import { getNamedType } from 'graphql';
import { orderName } from '../database/list.js';
import type { Table } from '../database/table.js';
import { instantSql, objectOf, selectList, typeName } from './json-sql.js';
import { listClauses, pageClauses } from './page-clauses.js';
import type { PageShape } from './planned.js';
import type { SelectedField } from './selection.js';
import type { StatementWriter } from './statement-writer.js';
import { Unplanned } from './unplanned.js';

/**
 * A page of a list as one JSON object in the form of a connection; a subselect in brackets. It has three levels: the rows
 * are read once, numbered where something asks for their numbers, and one beyond the page where it is asked whether there
 * are more; aggregates gather from them what is asked for; and that is put into the form that was asked for.
 */
export function writePage(
  writer: StatementWriter,
  shape: PageShape,
  field: SelectedField,
  writeColumns: (node: SelectedField, alias: string) => string,
): string {
  return new PageWriter(writer, shape, writeColumns).write(field);
}

/** Columns of the rows that are read, beside those of the table. */
const number = '"#"';
const rowCount = '"##"';

class PageWriter {
  readonly #table: Table;
  readonly #rows: string;
  /** What is gathered from the rows, each of which has a name by its place. */
  readonly #aggregates: string[] = [];
  /** What is made of each row. */
  readonly #records: string[] = [];
  readonly #gathered: string;
  #numbers = false;
  #countsRows = false;
  #looksBeyond = false;

  constructor(
    private readonly writer: StatementWriter,
    private readonly shape: PageShape,
    private readonly writeColumns: (node: SelectedField, alias: string) => string,
  ) {
    this.#table = writer.table(shape.list.entity);
    this.#rows = writer.alias();
    this.#gathered = writer.alias();
  }

  write(field: SelectedField): string {
    const fields = field.below();
    this.#looksBeyond = fields.some(({ name }) => name === 'pageInfo');
    const columns = selectList(fields, selected => this.#connectionField(selected, field));
    // Where only the count is asked for, no row is read.
    return objectOf(columns, this.#aggregates.length > 0 ? this.#source() : '');
  }

  #connectionField(field: SelectedField, connection: SelectedField): string {
    switch (field.name) {
      case 'nodes':
        return this.#list(this.#node(field));
      case 'edges':
        return this.#list(this.#edge(field));
      case 'pageInfo':
        return this.#pageInfo(field);
      case 'totalCount':
        return this.#totalCount();
      case '__typename':
        return typeName(getNamedType(connection.type).name);
      default:
        throw new Unplanned(`${field.name} of a connection is not planned.`);
    }
  }

  /** A value of each row of the page, in the list's order. */
  #list(value: string): string {
    const order = this.shape.request.page.fromEnd ? ` order by ${this.#numbered()} desc` : '';
    return this.#aggregate(`coalesce(array_to_json(array_agg(${value}${order})${this.#onPage()}), '[]'::json)`);
  }

  #node(field: SelectedField): string {
    return this.#record(this.writeColumns(field, this.#rows));
  }

  #edge(field: SelectedField): string {
    return this.#record(selectList(field.below(), selected => this.#edgeField(selected, field)));
  }

  /** An object that is made of each row. Beside the rows it takes half the time of a subselect for each of them. */
  #record(columns: string): string {
    const alias = this.writer.alias();
    this.#records.push(` cross join lateral (select ${columns}) ${alias}`);
    return `row_to_json(${alias})`;
  }

  #edgeField(field: SelectedField, edge: SelectedField): string {
    switch (field.name) {
      case 'node':
        return this.#node(field);
      case 'cursor':
        return this.#cursor();
      case '__typename':
        return typeName(getNamedType(edge.type).name);
      default:
        throw new Unplanned(`${field.name} of an edge is not planned.`);
    }
  }

  #pageInfo(field: SelectedField): string {
    return objectOf(
      selectList(field.below(), selected => this.#pageInfoField(selected, field)),
      '',
    );
  }

  #pageInfoField(field: SelectedField, pageInfo: SelectedField): string {
    const { size, after, before, fromEnd } = this.shape.request.page;
    const hasMore = () => this.#aggregate(`count(*) > ${size}`);
    const place = (isFirst: boolean) => {
      const row = isFirst !== fromEnd ? '1' : this.#lastRow();
      return this.#aggregate(`min(${this.#cursor()}) filter (where ${this.#numbered()} = ${row})`);
    };
    switch (field.name) {
      case 'hasNextPage':
        return fromEnd ? String(before !== undefined) : hasMore();
      case 'hasPreviousPage':
        return fromEnd ? hasMore() : String(after !== undefined);
      case 'startCursor':
        return place(true);
      case 'endCursor':
        return place(false);
      case '__typename':
        return typeName(getNamedType(pageInfo.type).name);
      default:
        throw new Unplanned(`${field.name} of a page is not planned.`);
    }
  }

  #totalCount(): string {
    return `(select count(*) ${listClauses(this.writer, this.shape, this.writer.alias())})`;
  }

  /** A row's place in the list, as `encodeCursor` writes it. */
  #cursor(): string {
    const { list, request } = this.shape;
    const values = list.sorts[request.sort]!.map(property =>
      cursorValue(this.#table.type(property), `${this.#rows}.${this.#table.column(property)}`),
    );
    const text = [
      `'[${JSON.stringify(orderName(list, request))}'`,
      ...values.map(value => `',' || ${value}`),
      `']'`,
    ].join(' || ');
    return `translate(encode(convert_to(${text}, 'UTF8'), 'base64'), E'+/=\\n', '-_')`;
  }

  /** Keeps what is gathered to the page, where one row more is read. */
  #onPage(): string {
    return this.#looksBeyond ? ` filter (where ${this.#numbered()} <= ${this.shape.request.page.size})` : '';
  }

  #aggregate(sql: string): string {
    this.#aggregates.push(sql);
    return `${this.#gathered}.a${this.#aggregates.length}`;
  }

  #numbered(): string {
    this.#numbers = true;
    return `${this.#rows}.${number}`;
  }

  #lastRow(): string {
    this.#countsRows = true;
    return `least(${this.#rows}.${rowCount}, ${this.shape.request.page.size})`;
  }

  #source(): string {
    const alias = this.writer.alias();
    const rows = `select ${alias}.* ${pageClauses(this.writer, this.shape, alias, this.#looksBeyond)}`;
    const numbers = [
      ...(this.#numbers ? [`row_number() over () as ${number}`] : []),
      ...(this.#countsRows ? [`count(*) over () as ${rowCount}`] : []),
    ];
    const numbered = numbers.length > 0 ? `select r.*, ${numbers.join(', ')} from (${rows}) r` : rows;
    const aggregates = this.#aggregates.map((sql, index) => `${sql} as a${index + 1}`);
    return `from (select ${aggregates.join(', ')} from (${numbered}) ${this.#rows}${this.#records.join('')}) ${this.#gathered}`;
  }
}

/** A value of a sorted column as JSON in text. */
function cursorValue(type: string, column: string): string {
  if (type === 'int') {
    return `${column}::text`;
  }
  if (type.startsWith('timestamptz')) {
    return `'"' || ${instantSql(column)} || '"'`;
  }
  return type === 'text' ? `to_json(${column})::text` : `'"' || ${column}::text || '"'`;
}
