import { Migrator } from '@mikro-orm/migrations';
import { SchemaRunner } from '../schema-runner.js';
import { defaultTenantSchema } from '../../database/schemas.js';

/** Runs single migrations as all runners do, and neither looks at other schemas nor notes versions elsewhere. */
export class StepMigrator extends Migrator {
  async step(verb: 'up' | 'down', migration: string, schema: string | undefined): Promise<void> {
    await this[verb]({ migrations: [migration], ...(schema !== undefined && { schema }) });
  }

  protected override createRunner(): SchemaRunner {
    return new SchemaRunner([this.driver, this.options, this.config], defaultTenantSchema);
  }
}
