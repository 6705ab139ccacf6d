import type { Transaction } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { defaultTenantSchema, type MigrationContext } from '../../database/orm.options.js';
import { platformSchema } from '../../database/schemas.js';
import type { SqlParser } from '../lint/parser.js';
import { migratorExtension } from '../migrator-extension.js';
import { PlatformMigrator, platformContext } from '../platform-migrator.js';
import { rolledBack } from '../rolled-back.js';
import { asClient } from '../schema-runner.js';
import { TenantMigrator } from '../tenant-migrator.js';
import { holdTenant } from '../worker.js';
import type { Foretold } from './foretold.js';
import { Rehearsal } from './rehearsal.js';
import { RehearsalRunner } from './rehearsal-runner.js';

/** What is needed to rehearse migrations. */
export interface RehearsalSettings {
  foretold: Foretold;
  parser: SqlParser;
  /** Is given each rehearsal when it begins. */
  onStart: (rehearsal: Rehearsal) => void;
}

/**
 * A set of tenants' migrations whose migrator runs them in a transaction that is rolled back.
 * @param preparePlatform does to the platform what the migrations build on
 */
export function tenantRehearsals(
  context: MigrationContext,
  { foretold, parser, onStart }: RehearsalSettings,
  preparePlatform: (transaction: Transaction) => Promise<void>,
): MigrationContext {
  class RehearsingMigrator extends TenantMigrator {
    #rehearsal: Rehearsal | undefined;

    constructor(em: EntityManager) {
      super(em);
      this.on('migrating', ({ name }) => this.#rehearsal!.begin(name));
    }

    override run(_verb: 'up' | 'down', schema: string, migrations: readonly string[]): Promise<void> {
      return rolledBack(this.em.getConnection(), async transaction => {
        const client = asClient(transaction);
        // In this transaction, since a migration of the platform may change the registry.
        if (!(await holdTenant(client, schema))) {
          throw new Error('it is being removed');
        }
        await preparePlatform(transaction);
        onStart((this.#rehearsal = await Rehearsal.start(client, schema, foretold, parser)));
        await this.build(schema, transaction, migrations);
      });
    }

    /** Makes no table of migrations where there is none, since that would stay; the transaction makes it. */
    protected override async init(): Promise<void> {
      this.initialized = true;
      await this.initPaths();
    }

    protected override createRunner(): RehearsalRunner {
      return new RehearsalRunner([this.driver, this.options, this.config], defaultTenantSchema, () => this.#rehearsal);
    }
  }
  return { ...context, extensions: [migratorExtension(RehearsingMigrator)] };
}

/**
 * The platform's migrations, with a migrator that runs them in a transaction that is rolled back.
 * @param settings none where they are only what others build on
 */
export function platformRehearsals(settings?: RehearsalSettings): MigrationContext {
  class RehearsingMigrator extends PlatformMigrator {
    #rehearsal: Rehearsal | undefined;

    constructor(em: EntityManager) {
      super(em);
      this.on('migrating', ({ name }) => this.#rehearsal?.begin(name));
    }

    override run(_verb: 'up' | 'down', migrations: readonly string[]): Promise<void> {
      const { foretold, parser, onStart } = settings!;
      return rolledBack(this.em.getConnection(), async transaction => {
        onStart((this.#rehearsal = await Rehearsal.start(asClient(transaction), platformSchema, foretold, parser)));
        await this.build(transaction, migrations);
      });
    }

    /** Makes no table of migrations where there is none, since that would stay; the transaction makes it. */
    protected override async init(): Promise<void> {
      this.initialized = true;
      await this.initPaths();
    }

    protected override createRunner(): RehearsalRunner {
      return new RehearsalRunner([this.driver, this.options, this.config], platformSchema, () => this.#rehearsal);
    }
  }
  return { ...platformContext, extensions: [migratorExtension(RehearsingMigrator)] };
}
