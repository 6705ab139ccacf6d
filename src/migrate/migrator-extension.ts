import type { MikroORM } from '@mikro-orm/core';
import type { Migrator } from '@mikro-orm/migrations';
import type { EntityManager, Options } from '@mikro-orm/postgresql';

type Extension = NonNullable<Options['extensions']>[number];

/** Makes a Migrator of our own the one that the ORM and its CLI use. */
export function migratorExtension(MigratorClass: new (em: EntityManager) => Migrator): Extension & { name: string } {
  return {
    // The ORM loads its own Migrator over ours unless it finds an extension of this name.
    name: 'Migrator',
    register: (orm: MikroORM) =>
      orm.config.registerExtension('@mikro-orm/migrator', () => new MigratorClass(orm.em as EntityManager)),
  };
}
