import type { Table } from './table.js';

/** The conditions of a statement on one table, and the parameters that they and the rest of the statement use. */
export class Conditions {
  readonly #conditions: string[] = [];

  /** The values of the parameters, in their order; given where a statement has conditions on several tables. */
  constructor(
    private readonly table: Table,
    private readonly alias: string,
    readonly values: unknown[] = [],
  ) {}

  /** Takes a value as a parameter and gives the text that stands for it. */
  parameter(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  /** Adds a condition as it stands. */
  add(condition: string): void {
    this.#conditions.push(condition);
  }

  /** The property is this value; no condition when there is no value. */
  equals(property: string, value: unknown): void {
    this.#compare(property, '=', value);
  }

  /** The property is this value or more. */
  from(property: string, value: unknown): void {
    this.#compare(property, '>=', value);
  }

  /** The property is less than this value. */
  before(property: string, value: unknown): void {
    this.#compare(property, '<', value);
  }

  /** The property has no value, or has one. */
  isNull(property: string, is = true): void {
    this.add(`${this.#column(property)} is ${is ? '' : 'not '}null`);
  }

  /** The property is a list that has this value in it. */
  includes(property: string, value: unknown): void {
    this.#compare(property, '@>', value === undefined ? undefined : [value]);
  }

  /** The property is one of these values. */
  oneOf(property: string, values: readonly unknown[] | null | undefined): void {
    if (values?.length === 1) {
      // Written as an equality, so that an index on the property and the order after it serves.
      this.equals(property, values[0]);
    } else if (values) {
      this.add(`${this.#column(property)} = any(${this.parameter(values, `${this.table.type(property)}[]`)})`);
    }
  }

  /** The row comes after a place in the order of these properties. */
  beyond(properties: readonly string[], values: readonly unknown[], direction: 'ASC' | 'DESC'): void {
    const columns = properties.map(property => this.#column(property));
    const parameters = properties.map((property, index) => this.parameter(values[index], this.table.type(property)));
    this.add(`(${columns.join(', ')}) ${direction === 'ASC' ? '>' : '<'} (${parameters.join(', ')})`);
  }

  /** The where clause; empty without conditions. */
  where(): string {
    return this.#conditions.length > 0 ? `where ${this.#conditions.join(' and ')}` : '';
  }

  #compare(property: string, operator: string, value: unknown): void {
    if (value !== undefined && value !== null) {
      this.add(`${this.#column(property)} ${operator} ${this.parameter(value, this.table.type(property))}`);
    }
  }

  #column(property: string): string {
    return `${this.alias}.${this.table.column(property)}`;
  }
}
