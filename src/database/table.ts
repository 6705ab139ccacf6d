import { type EntityMetadata, type EntityProperty, ReferenceKind } from '@mikro-orm/core';
import pg from 'pg';

/** An entity's table in one tenant: its names and types from the ORM's metadata, quoted for use in SQL. */
export class Table {
  /** The table's name with its schema. */
  readonly name: string;
  /** The property that is the key, where the key is one column. */
  readonly key: string;
  readonly #columns = new Map<string, { name: string; type: string; lazy: boolean }>();

  constructor(meta: EntityMetadata, tenantSchema: string) {
    const schema = meta.schema === undefined || meta.schema === '*' ? tenantSchema : meta.schema;
    this.name = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(meta.tableName)}`;
    this.key = meta.primaryKeys[0]!;
    for (const property of meta.props.filter(isColumn)) {
      const name = pg.escapeIdentifier(property.fieldNames[0]!);
      this.#columns.set(property.name, { name, type: property.columnTypes[0]!, lazy: property.lazy ?? false });
    }
  }

  /** A property's column. */
  column(property: string): string {
    return this.#find(property).name;
  }

  /** The type of a property's column, for casts of parameters. */
  type(property: string): string {
    return this.#find(property).type;
  }

  /** A select list that gives rows under the entity's property names, but for what is large and declared `lazy`. */
  columns(alias: string): string {
    return [...this.#columns]
      .filter(([, { lazy }]) => !lazy)
      .map(([property, { name }]) => `${alias}.${name} as ${pg.escapeIdentifier(property)}`)
      .join(', ');
  }

  #find(property: string): { name: string; type: string } {
    const column = this.#columns.get(property);
    if (!column) {
      throw new Error(`The table ${this.name} has no column for a property "${property}".`);
    }
    return column;
  }
}

function isColumn(property: EntityProperty): boolean {
  return (
    (property.kind === ReferenceKind.SCALAR || property.kind === ReferenceKind.MANY_TO_ONE) &&
    property.persist !== false
  );
}
