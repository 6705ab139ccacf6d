import { invalidId } from '../errors.js';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const iso2Code = /^[A-Z]{2}$/;

/** The form of the keys of each type that has an id of its own. */
const keyForms = {
  Address: uuid,
  Country: iso2Code,
  Customer: uuid,
  HistoryEntry: uuid,
  Order: uuid,
  OrderItem: uuid,
  Page: uuid,
  Product: uuid,
  Session: uuid,
  StockLevel: uuid,
  Store: uuid,
  Task: uuid,
  Tenant: uuid,
  User: uuid,
  Webhook: uuid,
  WebhookDelivery: uuid,
} as const satisfies Record<string, RegExp>;

/** The name of a type that has an id of its own. */
export type NodeTypeName = keyof typeof keyForms;

/**
 * The id of an object over all types: its type's name and its key, such as `Order_0190…`. Callers take it as opaque; a
 * person who reads a log sees at once what it is of.
 */
export function toGlobalId(typeName: string, key: string): string {
  return `${typeName}_${key}`;
}

/**
 * The type and the key of an id.
 * @throws DomainError INVALID_ID when it is none
 */
export function parseGlobalId(id: string): { typeName: NodeTypeName; key: string } {
  const [typeName, key] = split(id);
  if (!Object.hasOwn(keyForms, typeName) || !keyForms[typeName as NodeTypeName].test(key)) {
    throw invalidId(id, undefined);
  }
  return { typeName: typeName as NodeTypeName, key };
}

/**
 * The key of an id of one type.
 * @throws DomainError INVALID_ID when it is none, or one of another type
 */
export function keyOf(typeName: NodeTypeName, id: string): string {
  const key = findKey(typeName, id);
  if (key === undefined) {
    throw invalidId(id, typeName);
  }
  return key;
}

/** The key of an id of one type; undefined when it is none, or one of another type. */
export function findKey(typeName: NodeTypeName, id: string): string | undefined {
  const [idTypeName, key] = split(id);
  return idTypeName === typeName && keyForms[typeName].test(key) ? key : undefined;
}

function split(id: string): [string, string] {
  const end = id.indexOf('_');
  return [id.slice(0, Math.max(end, 0)), id.slice(end + 1)];
}
