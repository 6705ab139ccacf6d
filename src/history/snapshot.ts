import { type EntityProperty, Reference, ReferenceKind, wrap } from '@mikro-orm/core';
import type { Transaction } from '../database/transactions.js';

/** An object's own values at some moment, as JSON has them. */
export type Snapshot = Record<string, unknown>;

/** An entity's own columns as JSON, without its id, its version and what the database makes of the others. */
export function snapshotOf({ em }: Transaction, entity: object): Snapshot {
  const { props } = em.getMetadata().get(entity.constructor as new () => object);
  return Object.fromEntries(
    props.filter(isOwnValue).map(({ name }) => [name, toJson((entity as Record<string, unknown>)[name])]),
  );
}

function isOwnValue({ kind, primary, generated, name, persist }: EntityProperty): boolean {
  return (
    (kind === ReferenceKind.SCALAR || kind === ReferenceKind.MANY_TO_ONE) &&
    persist !== false &&
    !primary &&
    !generated &&
    name !== 'version'
  );
}

function toJson(value: unknown): unknown {
  if (value instanceof Reference) {
    return wrap(value.unwrap() as object, true).getPrimaryKey();
  }
  return value instanceof Date ? value.toISOString() : (value ?? null);
}
