import type { EntityClass } from '@mikro-orm/core';
import { Address } from '../../addresses/address.entity.js';
import { AccountToken } from '../../auth/account-token.entity.js';
import { RefreshToken, Session } from '../../auth/session.entity.js';
import { User } from '../../auth/user.entity.js';
import { BulkImport } from '../../bulk/bulk-import.entity.js';
import { Customer, CustomerAddress } from '../../customers/customer.entity.js';
import type { Row } from '../../database/row.js';
import { HistoryEntry, HistorySubject } from '../../history/history-entry.entity.js';
import { IdempotencyKey } from '../../orders/idempotency-key.entity.js';
import { Order, OrderItem, OrderShipment, OrderShippingAddress } from '../../orders/order.entity.js';
import { Page } from '../../pages/page.entity.js';
import { SearchWord } from '../../pages/search-word.entity.js';
import { Product } from '../../products/product.entity.js';
import { InStoreTime, OrderFigure, OrderFigureChange } from '../../statistics/order-figure.entity.js';
import { StockLevel } from '../../stock/stock-level.entity.js';
import { Store } from '../../stores/store.entity.js';
import { Task } from '../../tasks/task.entity.js';
import { Webhook, WebhookDelivery } from '../../webhooks/webhook.entity.js';

/**
 * What of a person a value says, where it says something, and with it how another takes its place in an anonymised clone:
 * `text` is what somebody has written freely, `actor` the name of a person or a program, and `changes` the entries of a history.
 */
export type PersonalKind =
  | 'email'
  | 'telephone'
  | 'firstName'
  | 'lastName'
  | 'fullName'
  | 'street'
  | 'addressLine'
  | 'text'
  | 'tags'
  | 'passwordHash'
  | 'actor'
  | 'changes';

/** What becomes of a value in an anonymised clone: it stays, or one of the same kind takes its place. */
export type Decision = 'kept' | PersonalKind;

/** What a clone makes of a table. */
export type TableDecision = { entity: EntityClass<object> } & (
  | { columns: Record<string, Decision>; leftOut?: undefined }
  /** Why a clone begins without its rows. */
  | { leftOut: string; columns?: undefined }
);

function copied<Entity extends object>(
  entity: EntityClass<Entity>,
  columns: Record<Extract<keyof Row<Entity>, string>, Decision>,
): TableDecision {
  return { entity, columns };
}

function leftOut(entity: EntityClass<object>, why: string): TableDecision {
  return { entity, leftOut: why };
}

const kept = 'kept';

const signedIn = 'who has signed in to the shop has not signed in to its clone';
const deliveries = 'what happens in a clone is no news for the partners of the shop';

/**
 * The one place that says what of each table of a shop a clone takes over, and which values are personal. The city, the zip
 * code and the country of an address stay, as they do when a person is erased: statistics count by them, and they fit together.
 */
export const tableDecisions: readonly TableDecision[] = [
  copied(User, {
    id: kept,
    email: 'email',
    name: 'fullName',
    passwordHash: 'passwordHash',
    role: kept,
    timeZone: kept,
    language: kept,
    state: kept,
    createdAt: kept,
    version: kept,
  }),
  leftOut(Session, signedIn),
  leftOut(RefreshToken, signedIn),
  leftOut(AccountToken, 'an invitation and a reset of a password hold where they were mailed from'),
  copied(HistoryEntry, {
    id: kept,
    subjectType: kept,
    subject: kept,
    version: kept,
    at: kept,
    actor: 'actor',
    user: kept,
    action: kept,
    changes: 'changes',
  }),
  copied(Address, {
    id: kept,
    line1: 'street',
    line2: 'addressLine',
    city: kept,
    state: kept,
    zipCode: kept,
    country: kept,
  }),
  copied(Customer, {
    id: kept,
    email: 'email',
    telephone: 'telephone',
    firstName: 'firstName',
    lastName: 'lastName',
    mergedInto: kept,
    erasedAt: kept,
    version: kept,
  }),
  copied(CustomerAddress, { customer: kept, kind: kept, address: kept }),
  copied(Store, { id: kept, name: kept, state: kept, address: kept, version: kept }),
  copied(Product, {
    id: kept,
    sku: kept,
    name: kept,
    description: kept,
    price: kept,
    currencyCode: kept,
    state: kept,
    taxRate: kept,
    version: kept,
  }),
  copied(Order, {
    id: kept,
    customer: kept,
    billingAddress: kept,
    store: kept,
    fulfilment: kept,
    status: kept,
    placedAt: kept,
    currencyCode: kept,
    cancelReason: 'text',
    version: kept,
  }),
  copied(OrderItem, {
    id: kept,
    order: kept,
    lineNumber: kept,
    product: kept,
    productName: kept,
    quantity: kept,
    currencyCode: kept,
    unitPrice: kept,
    currencyDecimals: kept,
    taxRate: kept,
    subtotal: kept,
    tax: kept,
    lineTotal: kept,
  }),
  copied(OrderShippingAddress, { order: kept, address: kept }),
  copied(OrderShipment, { item: kept, address: kept, quantity: kept }),
  copied(StockLevel, { id: kept, product: kept, store: kept, onHand: kept, reserved: kept, version: kept }),
  leftOut(IdempotencyKey, 'a client that repeats an order means the shop where it placed it'),
  copied(Task, {
    id: kept,
    title: 'text',
    text: 'text',
    dueOn: kept,
    dueOrder: kept,
    priority: kept,
    priorityRank: kept,
    tags: 'tags',
    assignee: kept,
    creator: kept,
    order: kept,
    customer: kept,
    state: kept,
    completedAt: kept,
    completedBy: kept,
    createdAt: kept,
    version: kept,
  }),
  leftOut(Webhook, deliveries),
  leftOut(WebhookDelivery, deliveries),
  // The rows of the files stand in the clone too, so to import one of them again does nothing there either.
  copied(BulkImport, {
    kind: kept,
    fileHash: kept,
    linesDone: kept,
    imported: kept,
    startedAt: kept,
    finishedAt: kept,
  }),
  copied(Page, {
    id: kept,
    title: kept,
    url: kept,
    language: kept,
    searchConfiguration: kept,
    body: kept,
    lastUpdated: kept,
    version: kept,
  }),
  copied(SearchWord, { word: kept, language: kept, inTitle: kept }),
  copied(OrderFigure, { figure: kept, key: kept, count: kept }),
  copied(OrderFigureChange, { id: kept, figure: kept, key: kept, change: kept }),
  copied(InStoreTime, { days: kept, block: kept, counts: kept }),
];

/** What entries of any history may say beside the columns of their subject: the line of an import, and what was erased. */
const ofAnySubject: Record<string, Decision> = { line: kept, erased: kept };

/** What entries of the history of an object say beside its columns; `addresses` are those of a customer, each with its parts. */
const besideColumns: Partial<Record<HistorySubject, Record<string, Decision | 'addresses'>>> = {
  [HistorySubject.CUSTOMER]: { addresses: 'addresses' },
  [HistorySubject.ORDER]: { items: kept, shippingAddresses: kept, shipments: kept },
};

const subjects: Partial<Record<HistorySubject, EntityClass<object>>> = {
  [HistorySubject.CUSTOMER]: Customer,
  [HistorySubject.ORDER]: Order,
  [HistorySubject.PRODUCT]: Product,
  [HistorySubject.STOCK_LEVEL]: StockLevel,
  [HistorySubject.STORE]: Store,
  [HistorySubject.TASK]: Task,
  [HistorySubject.USER]: User,
};

/** What becomes of the fields in the histories of each kind of object. One that is not named, such as that of a column that is gone, is emptied. */
export function historyDecisions(): Record<string, Record<string, Decision | 'addresses'>> {
  return Object.fromEntries(
    Object.entries(subjects).map(([subject, entity]) => [
      subject,
      { ...columnsOf(entity), ...ofAnySubject, ...besideColumns[subject as HistorySubject] },
    ]),
  );
}

/** What becomes of the parts of an address. */
export function addressDecisions(): Record<string, Decision> {
  return { ...columnsOf(Address), kind: kept };
}

function columnsOf(entity: EntityClass<object>): Record<string, Decision> {
  return tableDecisions.find(decision => decision.entity === entity)!.columns!;
}
