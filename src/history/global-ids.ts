import { type NodeTypeName, toGlobalId } from '../graphql/global-id.js';
import type { FieldChange } from './history-entry.entity.js';

/** The types of the objects that fields of the history refer to by their keys. */
const referredTypes: Record<string, NodeTypeName> = {
  address: 'Address',
  billingAddress: 'Address',
  country: 'Country',
  customer: 'Customer',
  item: 'OrderItem',
  mergedInto: 'Customer',
  product: 'Product',
  shippingAddresses: 'Address',
  store: 'Store',
};

/** The types of the objects that lists of the history hold. */
const heldTypes: Record<string, NodeTypeName> = { addresses: 'Address', items: 'OrderItem' };

/** Changes with the ids that the API gives to objects, in place of the keys that the history keeps. */
export function withGlobalIds(changes: readonly FieldChange[]): FieldChange[] {
  return changes.map(({ field, before, after }) => ({
    field,
    before: translate(before, referredTypes[field], heldTypes[field]),
    after: translate(after, referredTypes[field], heldTypes[field]),
  }));
}

function translate(value: unknown, referred: NodeTypeName | undefined, held: NodeTypeName | undefined): unknown {
  if (Array.isArray(value)) {
    return value.map(item => translate(item, referred, held));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        translate(inner, name === 'id' ? held : referredTypes[name], heldTypes[name]),
      ]),
    );
  }
  return typeof value === 'string' && referred ? toGlobalId(referred, value) : value;
}
