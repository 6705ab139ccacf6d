import { type EntityClass, type EntityProperty, Reference, ReferenceKind, wrap } from '@mikro-orm/core';
import type { Transaction } from '../database/transactions.js';

/** An object's own values at some moment, as JSON has them. */
export type Snapshot = Record<string, unknown>;

/**
 * An object's own columns as JSON, without its id, its version and what the database makes of the others.
 * @param entity what the object is, where it is a row
 */
export function snapshotOf(
  { em }: Transaction,
  object: object,
  entity = object.constructor as EntityClass<object>,
): Snapshot {
  const { props } = em.getMetadata().get(entity);
  return Object.fromEntries(
    props.filter(isOwnValue).map(({ name }) => [name, toJson((object as Record<string, unknown>)[name])]),
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
