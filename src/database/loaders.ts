import type { EntityClass } from '@mikro-orm/core';
import DataLoader from 'dataloader';
import type { Reader } from './reader.js';
import type { Row } from './row.js';

/** Reads what belongs to each of several keys by one statement, in the keys' order. */
export type Batch<Key, Value, Args = undefined> = (
  reader: Reader,
  keys: readonly Key[],
  args: Args,
) => Promise<(Value | Error)[]>;

/**
 * The relations that one request loads. All keys that the request asks of one batch (and of one set of arguments) in a
 * turn of the event loop are read together, and each key once.
 */
export class Loaders {
  readonly #loaders = new Map<unknown, Map<string, DataLoader<unknown, unknown>>>();

  constructor(private readonly reader: Reader) {}

  /** What belongs to a key. */
  load<Key, Value>(batch: Batch<Key, Value>, key: Key): Promise<Value>;
  load<Key, Value, Args>(batch: Batch<Key, Value, Args>, key: Key, args: Args): Promise<Value>;
  load<Key, Value, Args>(batch: Batch<Key, Value, Args>, key: Key, args?: Args): Promise<Value> {
    return this.#loader(batch, args).load(key) as Promise<Value>;
  }

  /** Takes in what is known to belong to a key. */
  keep<Key, Value>(batch: Batch<Key, Value>, key: Key, value: Value): void {
    this.#loader(batch, undefined).prime(key, value);
  }

  /** Forgets what was read, since something was written. */
  clear(): void {
    this.#loaders.clear();
  }

  #loader<Key, Value, Args>(batch: Batch<Key, Value, Args>, args: Args | undefined): DataLoader<unknown, unknown> {
    const variants = getOrMake(this.#loaders, batch, () => new Map<string, DataLoader<unknown, unknown>>());
    return getOrMake(
      variants,
      args === undefined ? '' : JSON.stringify(args),
      () => new DataLoader<unknown, unknown>(keys => batch(this.reader, keys as readonly Key[], args as Args)),
    );
  }
}

/** What belongs to one key, read by itself. */
export async function readOne<Key, Value, Args = undefined>(
  reader: Reader,
  batch: Batch<Key, Value, Args>,
  key: Key,
  args: Args,
): Promise<Value> {
  const [value] = await batch(reader, [key], args);
  if (value instanceof Error) {
    throw value;
  }
  return value as Value;
}

/** A batch of rows by their keys, with what a read plan needs to know to read them along with what points to them. */
export interface RowBatch<Entity extends object> extends Batch<string, Row<Entity> | null> {
  readonly entity: EntityClass<Entity>;
}

/** Loads an entity's rows by their keys; null where there is none. */
export function rowByKey<Entity extends object>(entity: EntityClass<Entity>): RowBatch<Entity> {
  const batch: Batch<string, Row<Entity> | null> = async (reader, keys) => {
    const table = reader.table(entity);
    const rows = await reader.run<Row<Entity>>(
      `select ${table.columns('t')} from ${table.name} t where t.${table.column(table.key)} = any($1::${table.type(table.key)}[])`,
      [keys],
    );
    const byKey = new Map(rows.map(row => [row[table.key as keyof Row<Entity>] as string, row]));
    return keys.map(key => byKey.get(key) ?? null);
  };
  return Object.assign(batch, { entity });
}

/** A batch of all rows that point to a key, with what a read plan needs to know to read them along with it. */
export interface RowsBatch<Entity extends object> extends Batch<string, Row<Entity>[]> {
  readonly entity: EntityClass<Entity>;
  readonly relation: string;
  readonly orderBy: string;
}

/** Loads the rows that point to each key with a to-one relation, in the order of a property. */
export function rowsPointingTo<Entity extends object>(
  entity: EntityClass<Entity>,
  relation: keyof Row<Entity> & string,
  orderBy: keyof Row<Entity> & string,
): RowsBatch<Entity> {
  const batch: Batch<string, Row<Entity>[]> = async (reader, keys) => {
    const table = reader.table(entity);
    const rows = await reader.run<Row<Entity>>(
      `select ${table.columns('t')} from ${table.name} t where t.${table.column(relation)} = any($1::${table.type(relation)}[])
       order by t.${table.column(orderBy)}`,
      [keys],
    );
    return groupByKey(rows, row => row[relation] as string, keys);
  };
  return Object.assign(batch, { entity, relation, orderBy });
}

/** Rows in the order of the keys that they belong to. */
export function groupByKey<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  keys: readonly string[],
): Item[][] {
  const groups = new Map<string, Item[]>(keys.map(key => [key, []]));
  for (const item of items) {
    groups.get(keyOf(item))?.push(item);
  }
  return keys.map(key => groups.get(key)!);
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
