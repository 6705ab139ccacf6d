import { MigrationStorage } from '@mikro-orm/migrations';

type Table = ReturnType<MigrationStorage['getTableName']>;

/** Each ORM's own description of the table of migrations: storages come and go with the schemas. */
const entities = new WeakMap<MigrationStorage['driver'], Table['entity']>();

/**
 * Keeps which migrations a schema has seen. The ORM describes their table anew for each statement, and keeps all descriptions
 * for good, so that memory would grow with the number of schemas; here one of them goes from schema to schema.
 */
export class VersionStorage extends MigrationStorage {
  override getTableName(): Table {
    const entity = entities.get(this.driver);
    if (!entity) {
      const table = super.getTableName();
      entities.set(this.driver, table.entity);
      return table;
    }
    const names = this['resolveTableName']();
    entity.meta.schema = names.schemaName;
    return { ...names, entity };
  }
}
