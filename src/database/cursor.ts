import { invalidCursor } from '../errors.js';

/** A value of a sorted column, as a cursor carries it. */
export type SortValue = string | number;

/**
 * Writes a place in a list: the list and its order, then the values of the sorted columns. The order's direction is not
 * part of it, since a list can be read from any place both ways.
 */
export function encodeCursor(order: string, values: readonly unknown[]): string {
  const plain = values.map(value => (value instanceof Date ? value.toISOString() : value));
  return Buffer.from(JSON.stringify([order, ...plain])).toString('base64url');
}

/**
 * Reads a place in a list, with one value for each type.
 * @throws DomainError INVALID_CURSOR when it is broken, or a place in another list or order
 */
export function decodeCursor(cursor: string, order: string, types: readonly string[]): SortValue[] {
  const [cursorOrder, ...values] = parse(cursor) ?? [];
  const fits =
    cursorOrder === order &&
    values.length === types.length &&
    values.every((value, index) => isValueOf(types[index]!, value)) &&
    // One place has one cursor: what Node's lenient decoder lets through is not ours.
    encodeCursor(order, values) === cursor;
  if (!fits) {
    throw invalidCursor(cursor);
  }
  return values as SortValue[];
}

function parse(cursor: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const decimal = /^\d{1,30}(\.\d{1,10})?$/;
const maxInteger = 2_147_483_647;
const day = /^\d{4}-\d\d-\d\d$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Whether there is such a day and hour; JavaScript's parser takes February 30th for March 2nd, and a year 0. */
function isDate(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString() === text && date.getUTCFullYear() > 0;
}

/** Whether a value can be compared with a column of this type, so that PostgreSQL never sees one that it refuses. */
function isValueOf(type: string, value: unknown): boolean {
  if (type === 'int') {
    return Number.isInteger(value) && Math.abs(value as number) <= maxInteger;
  }
  if (typeof value !== 'string') {
    return false;
  }
  if (type === 'uuid') {
    return uuid.test(value);
  }
  if (type === 'numeric') {
    return decimal.test(value);
  }
  if (type === 'date') {
    // What is never due comes after all days.
    return value === 'infinity' || (day.test(value) && isDate(`${value}T00:00:00.000Z`));
  }
  if (type.startsWith('timestamptz')) {
    return instant.test(value) && isDate(value);
  }
  return type === 'text' && value.isWellFormed() && !value.includes('\0');
}
