import { Kysely, PostgresDialect } from 'kysely';
import { ConnectionPool, type ConnectionPoolConfig } from './connection-pool.js';

/** The query builder below the ORM, on connections that reads share with it. */
export class PooledQueries extends Kysely<unknown> {
  readonly pool: ConnectionPool;

  constructor(config: ConnectionPoolConfig) {
    const pool = new ConnectionPool(config);
    super({ dialect: new PostgresDialect({ pool }) });
    this.pool = pool;
  }

  /** The query builder itself closes only what it has used. */
  override async destroy(): Promise<void> {
    await super.destroy();
    await this.pool.end();
  }
}
