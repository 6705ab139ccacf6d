import { quote } from '../errors.js';

/** Why a line is not imported; stable, so that programs can tell reasons apart. */
export type RefusalCode =
  | 'CANCEL_REASON_WITHOUT_CANCELLATION'
  | 'CONTACT_REQUIRED'
  | 'CURRENCY_MISMATCH'
  | 'CUSTOMER_ERASED'
  | 'CUSTOMER_MERGED'
  | 'DUPLICATE_ADDRESS'
  | 'DUPLICATE_EMAIL'
  | 'DUPLICATE_ID'
  | 'DUPLICATE_NAME'
  | 'DUPLICATE_SKU'
  | 'DUPLICATE_STOCK'
  | 'DUPLICATE_TELEPHONE'
  | 'FULFILMENT_MISMATCH'
  | 'INSUFFICIENT_STOCK'
  | 'INVALID_EMAIL'
  | 'INVALID_ID'
  | 'INVALID_INSTANT'
  | 'INVALID_PRICE'
  | 'INVALID_QUANTITY'
  | 'INVALID_TAX_RATE'
  | 'INVALID_TELEPHONE'
  | 'INVALID_TEXT'
  | 'INVALID_VALUE'
  | 'ITEMS_REQUIRED'
  | 'LINE_TOO_LONG'
  | 'NAME_REQUIRED'
  | 'NOT_AN_OBJECT'
  | 'NOT_JSON'
  | 'NOT_UTF8'
  | 'REQUIRED'
  | 'SAME_CUSTOMER'
  | 'SHIPMENTS_MISMATCH'
  | 'STORE_REQUIRED'
  | 'TOO_LONG'
  | 'UNKNOWN_COUNTRY'
  | 'UNKNOWN_CURRENCY'
  | 'UNKNOWN_CUSTOMER'
  | 'UNKNOWN_KEY'
  | 'UNKNOWN_SKU'
  | 'UNKNOWN_STORE'
  | 'WRONG_TYPE';

/** A line that is not imported, and why. */
export interface RefusedRow {
  /** The line's number in the file, from 1. */
  line: number;
  code: RefusalCode;
  /** Names the value and the remedy. */
  message: string;
}

/** Thrown where a line cannot be imported. */
export class Refusal extends Error {
  override name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
  }
}

/** A value of a line as it may stand in a message: short, and with nothing that a terminal would act on. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return quote(value);
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
