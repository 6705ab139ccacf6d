import type { EntityClass } from '@mikro-orm/core';
import { Conditions } from '../database/conditions.js';
import type { Reader } from '../database/reader.js';
import type { Table } from '../database/table.js';

/** Writes one statement: hands out the names of its tables' rows and collects its parameters. */
export class StatementWriter {
  /** The values of the parameters, in their order. */
  readonly values: unknown[] = [];
  #aliases = 0;

  constructor(private readonly reader: Reader) {}

  /** A name for the rows of a table that no other table of the statement has. */
  alias(): string {
    this.#aliases += 1;
    return `t${this.#aliases}`;
  }

  /** The table of an entity. */
  table(entity: EntityClass<object>): Table {
    return this.reader.table(entity);
  }

  /** Takes a value as a parameter and gives the text that stands for it. */
  parameter(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  /** Conditions on one of the statement's tables. */
  conditions(table: Table, alias: string): Conditions {
    return new Conditions(table, alias, this.values);
  }
}
