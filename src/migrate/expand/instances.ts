import { platformSchema } from '../../database/schemas.js';
import type { Asks } from '../fingerprint.js';
import { exists } from '../tenants.js';

/** A process that serves. */
export interface Instance {
  host: string;
  pid: number;
  /** What is the same for builds of the same migrations. */
  build: string;
  /** The migrations of tenants that its build has. */
  migrations: string[];
  startedAt: Date;
}

/** The processes that are alive, as their heartbeats say, the oldest first. */
export async function livingInstances(client: Asks): Promise<Instance[]> {
  if (!(await exists(client, 'instances'))) {
    return [];
  }
  const { rows } = await client.query<Instance>(
    `select host, pid, build, migrations, started_at as "startedAt" from ${platformSchema}.instances
     where expires_at > clock_timestamp() order by started_at`,
  );
  return rows;
}
