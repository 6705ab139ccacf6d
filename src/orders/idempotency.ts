import { createHash } from 'node:crypto';
import type { Transaction } from '../database/transactions.js';
import { ProblemCode, refused } from '../problems.js';
import { IdempotencyKey } from './idempotency-key.entity.js';
import { quote } from '../errors.js';

/** Characters of a key at the most. */
const maxKey = 200;

/**
 * Takes a caller's key for a placement, and gives the key of the order that stands under it already, if there is one. Who
 * takes the same key at the same time waits here until the first has committed, and then finds its order; or takes it,
 * when the first was refused. A key that has expired is free, and a few such are removed on the way.
 * @throws RefusedInput IDEMPOTENCY_KEY_REUSED when it was used with another input
 */
export async function claimKey(
  { reader }: Transaction,
  key: string,
  input: unknown,
  hours: number,
): Promise<string | undefined> {
  const keys = reader.table(IdempotencyKey);
  const [name, inputHash, order, expiresAt] = (['key', 'inputHash', 'order', 'expiresAt'] as const).map(property =>
    keys.column(property),
  );
  const hash = createHash('sha256').update(JSON.stringify(input)).digest('hex');
  const claimed = await reader.run(
    `with removed as (
       delete from ${keys.name} where ${name} in (
         select ${name} from ${keys.name} where ${expiresAt} <= now() and ${name} <> $1::text
         order by ${expiresAt} limit 3 for update skip locked)
     )
     insert into ${keys.name} as k (${name}, ${inputHash}, ${expiresAt})
     values ($1::text, $2::text, now() + $3::int * interval '1 hour')
     on conflict (${name}) do update
       set ${inputHash} = excluded.${inputHash}, ${order} = null, ${expiresAt} = excluded.${expiresAt}
       where k.${expiresAt} <= now()
     returning 1`,
    [key, hash, hours],
  );
  if (claimed.length > 0) {
    return undefined;
  }
  const [standing] = await reader.run<{ hash: string; order: string }>(
    `select ${inputHash} as hash, ${order} as order from ${keys.name} where ${name} = $1::text`,
    [key],
  );
  if (standing?.hash !== hash) {
    const message = `The key ${quote(key)} was used with another input; use a new key for a new order.`;
    throw refused(ProblemCode.IDEMPOTENCY_KEY_REUSED, 'idempotencyKey', message);
  }
  return standing.order;
}

/** Notes the order that was placed under a key. */
export async function keepResult({ reader }: Transaction, key: string, order: string): Promise<void> {
  const keys = reader.table(IdempotencyKey);
  await reader.run(
    `update ${keys.name} set ${keys.column('order')} = $2::uuid where ${keys.column('key')} = $1::text`,
    [key, order],
  );
}

/** @throws RefusedInput REQUIRED or TOO_LONG when it is no key */
export function checkKey(key: string): void {
  if (key.trim() === '') {
    throw refused(ProblemCode.REQUIRED, 'idempotencyKey', 'idempotencyKey is empty; give one of your own, or none.');
  }
  if (key.length > maxKey) {
    const message = `idempotencyKey has ${key.length} characters, and ${maxKey} are the most; a UUID is enough.`;
    throw refused(ProblemCode.TOO_LONG, 'idempotencyKey', message);
  }
}
