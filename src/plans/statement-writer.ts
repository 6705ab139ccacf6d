import type { EntityClass } from '@mikro-orm/core';
import { Conditions } from '../database/conditions.js';
import type { Reader } from '../database/reader.js';
import type { Table } from '../database/table.js';

/** A part of a statement as it was written, where nothing of it depends on a request or a tenant. */
export interface Fragment {
  text: string;
  /** What the statement had before it. It fits nowhere else, since its names and parameters count on from there. */
  before: { owner: string; aliases: number; parameters: number };
  aliases: number;
  values: readonly unknown[];
}

/** Writes one statement for all tenants: hands out the names of its tables' rows and collects its parameters. */
export class StatementWriter {
  /** The values of the parameters, in their order. */
  readonly values: unknown[] = [];
  #aliases = 0;
  #dependsOnRequest = false;

  constructor(private readonly reader: Reader) {}

  /** A name for the rows of a table that no other table of the statement has. */
  alias(): string {
    this.#aliases += 1;
    return `t${this.#aliases}`;
  }

  /** The table of an entity. */
  table(entity: EntityClass<object>): Table {
    return this.reader.template(entity);
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

  /** Whether what was written is for this request alone. */
  get dependsOnRequest(): boolean {
    return this.#dependsOnRequest;
  }

  /** Says that what is being written is for this request alone. */
  dependOnRequest(): void {
    this.#dependsOnRequest = true;
  }

  /**
   * Writes a part of the statement, or takes it as it was written for an earlier request.
   * @param fragments where parts are kept
   * @param key names the part there
   * @param owner the alias of the row that it belongs to
   */
  fragment<Key>(fragments: Map<Key, Fragment>, key: Key, owner: string, write: () => string): string {
    const before = { owner, aliases: this.#aliases, parameters: this.values.length };
    const kept = fragments.get(key);
    if (kept && isSame(kept.before, before)) {
      this.#aliases = kept.aliases;
      this.values.push(...kept.values);
      return kept.text;
    }
    const around = this.#dependsOnRequest;
    this.#dependsOnRequest = false;
    const text = write();
    if (this.#dependsOnRequest) {
      fragments.delete(key);
    } else {
      const values = this.values.slice(before.parameters);
      fragments.set(key, { text, before, aliases: this.#aliases, values });
    }
    this.#dependsOnRequest ||= around;
    return text;
  }
}

function isSame(one: Fragment['before'], other: Fragment['before']): boolean {
  return one.owner === other.owner && one.aliases === other.aliases && one.parameters === other.parameters;
}
