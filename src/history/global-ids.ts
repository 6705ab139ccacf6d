import { type NodeTypeName, toGlobalId } from '../graphql/global-id.js';
import { type FieldChange, HistorySubject } from './history-entry.entity.js';

/** The types of the objects that fields of the history refer to by their keys. */
const referredTypes: Record<string, NodeTypeName> = {
  address: 'Address',
  assignee: 'User',
  billingAddress: 'Address',
  completedBy: 'User',
  country: 'Country',
  creator: 'User',
  customer: 'Customer',
  item: 'OrderItem',
  mergedInto: 'Customer',
  order: 'Order',
  product: 'Product',
  shippingAddresses: 'Address',
  store: 'Store',
};

/** The types of the objects that lists of the history hold. */
const heldTypes: Record<string, NodeTypeName> = { addresses: 'Address', items: 'OrderItem' };

/** The types of the API for what has a history. */
export const subjectTypes: Record<HistorySubject, NodeTypeName> = {
  [HistorySubject.CUSTOMER]: 'Customer',
  [HistorySubject.ORDER]: 'Order',
  [HistorySubject.PRODUCT]: 'Product',
  [HistorySubject.STOCK_LEVEL]: 'StockLevel',
  [HistorySubject.STORE]: 'Store',
  [HistorySubject.TASK]: 'Task',
  [HistorySubject.TENANT]: 'Tenant',
  [HistorySubject.USER]: 'User',
};

/** What in the history the objects of a type are; undefined where they have none. */
export function subjectOf(typeName: NodeTypeName): HistorySubject | undefined {
  return Object.values(HistorySubject).find(subject => subjectTypes[subject] === typeName);
}

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
