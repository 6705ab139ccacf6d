import type { MigrationFile } from '../files.js';
import { MigrateError } from '../migrate-error.js';
import { VersionStorage } from '../version-storage.js';
import { partlySeen, standIn } from './squashed.js';

type Logged = Parameters<VersionStorage['logMigration']>;

/** Keeps which migrations a schema has seen, and of squashed ones those that they replace too. */
export class SquashStorage extends VersionStorage {
  constructor(
    base: ConstructorParameters<typeof VersionStorage>,
    private readonly files: () => Promise<readonly MigrationFile[]>,
  ) {
    super(...base);
  }

  /** @throws MigrateError when the schema has seen only some of what a squashed one replaces */
  override async executed(): Promise<string[]> {
    const seen = await super.executed();
    const files = await this.files();
    const problem = partlySeen(seen, files);
    if (problem !== undefined) {
      throw new MigrateError(`The schema ${problem}.`);
    }
    return [...standIn(seen, files)];
  }

  override async logMigration(...[{ name }, transaction]: Logged): Promise<void> {
    for (const each of [...(await this.#replacedBy(name)), name]) {
      await super.logMigration({ name: each }, transaction);
    }
  }

  override async unlogMigration(...[{ name }, transaction]: Logged): Promise<void> {
    for (const each of [...(await this.#replacedBy(name)), name]) {
      await super.unlogMigration({ name: each }, transaction);
    }
  }

  async #replacedBy(name: string): Promise<readonly string[]> {
    return (await this.files()).find(file => file.name === this.getMigrationName(name))?.replaces ?? [];
  }
}
