import type { z } from 'zod';
import { hideSecret, hideSecrets } from './database-url.js';
import { settings } from './settings.js';

/** Settings that hold secrets, and how they are shown without. */
const secretSettings: ReadonlyMap<string, (text: string) => string> = new Map([
  ['DATABASE_URL', hideSecret],
  ['DIRECT_DATABASE_URL', hideSecret],
  ['DATABASE_REPLICAS', hideSecrets],
  ['TOKEN_SECRETS', hideSecret],
  ['SMTP_URL', hideSecret],
  ['BACKUP_IDENTITIES', () => '***'],
]);

/** A start that cannot go on because a setting is wrong; the message names each setting, its value and what is right. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** What settings say, by their names. */
export type Values = { [K in keyof typeof settings]: z.infer<(typeof settings)[K][0]> };

/**
 * Reads all settings.
 * @throws ConfigError when one is wrong, or several do not fit each other
 */
export function parseSettings(environment: NodeJS.ProcessEnv): Values {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, [schema, right]] of Object.entries(settings)) {
    // An empty variable counts as one not set, as docker compose passes those that its `.env` leaves out.
    const text = environment[name] || undefined;
    const result = schema.safeParse(text);
    if (result.success) {
      values[name] = result.data;
    } else {
      const shown = secretSettings.get(name)?.(text ?? '') ?? text;
      problems.push(`${name} is "${shown}", but should be ${right}.`);
    }
  }
  if (values['NODE_ENV'] === 'production' && !environment['DATABASE_URL']) {
    problems.push(
      'In production the embedded PostgreSQL is not used: set DATABASE_URL to your server, such as postgresql://user:password@host:5432/database.',
    );
  }
  if (environment['DIRECT_DATABASE_URL'] && !environment['DATABASE_URL']) {
    problems.push('DIRECT_DATABASE_URL is set without DATABASE_URL, which requests use: set both.');
  }
  if (environment['DATABASE_REPLICAS'] && !environment['DATABASE_URL']) {
    problems.push(
      'DATABASE_REPLICAS is set without DATABASE_URL, whose replicas they should be: set both, since the embedded PostgreSQL has none.',
    );
  }
  const { WORKERS: workers, DATABASE_POOL_MAX: poolMax } = values as Partial<Values>;
  if (workers && poolMax && poolMax < workers) {
    problems.push(`DATABASE_POOL_MAX is "${poolMax}", but should be at least one for each of the ${workers} workers.`);
  }
  if (problems.length > 0) {
    throw new ConfigError(problems.join('\n'));
  }
  return values as Values;
}
