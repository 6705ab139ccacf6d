/** What can be wrong with what somebody asks to be changed; stable, so that programs can tell problems apart. */
export enum ProblemCode {
  ADDRESS_OF_ANOTHER_CUSTOMER = 'ADDRESS_OF_ANOTHER_CUSTOMER',
  CODE_TAKEN = 'CODE_TAKEN',
  CONFIRMATION_REQUIRED = 'CONFIRMATION_REQUIRED',
  CONTACT_CLASH = 'CONTACT_CLASH',
  CONTACT_REQUIRED = 'CONTACT_REQUIRED',
  CONTACT_TAKEN = 'CONTACT_TAKEN',
  CURRENCY_MISMATCH = 'CURRENCY_MISMATCH',
  CUSTOMER_ERASED = 'CUSTOMER_ERASED',
  CUSTOMER_MERGED = 'CUSTOMER_MERGED',
  DEFAULT_TENANT = 'DEFAULT_TENANT',
  DUPLICATE_ITEM = 'DUPLICATE_ITEM',
  DUPLICATE_SHIPMENT = 'DUPLICATE_SHIPMENT',
  EMAIL_TAKEN = 'EMAIL_TAKEN',
  EXACTLY_ONE_REQUIRED = 'EXACTLY_ONE_REQUIRED',
  HOST_TAKEN = 'HOST_TAKEN',
  IDEMPOTENCY_KEY_REUSED = 'IDEMPOTENCY_KEY_REUSED',
  ILLEGAL_TRANSITION = 'ILLEGAL_TRANSITION',
  INVALID_COUNTRY_CODE = 'INVALID_COUNTRY_CODE',
  INVALID_CREDENTIALS = 'INVALID_CREDENTIALS',
  INSUFFICIENT_STOCK = 'INSUFFICIENT_STOCK',
  INVALID_EMAIL = 'INVALID_EMAIL',
  INVALID_HOST = 'INVALID_HOST',
  INVALID_LANGUAGE = 'INVALID_LANGUAGE',
  INVALID_NAME = 'INVALID_NAME',
  INVALID_PASSWORD = 'INVALID_PASSWORD',
  INVALID_PRICE = 'INVALID_PRICE',
  INVALID_QUANTITY = 'INVALID_QUANTITY',
  INVALID_TAX_RATE = 'INVALID_TAX_RATE',
  INVALID_TELEPHONE = 'INVALID_TELEPHONE',
  INVALID_TOKEN = 'INVALID_TOKEN',
  INVALID_URL = 'INVALID_URL',
  ITEMS_REQUIRED = 'ITEMS_REQUIRED',
  LAST_OWNER = 'LAST_OWNER',
  NAME_TAKEN = 'NAME_TAKEN',
  OWN_ACCOUNT = 'OWN_ACCOUNT',
  PICK_UP_HAS_SHIPMENTS = 'PICK_UP_HAS_SHIPMENTS',
  PRODUCT_RETIRED = 'PRODUCT_RETIRED',
  REGISTRATION_CLOSED = 'REGISTRATION_CLOSED',
  REQUIRED = 'REQUIRED',
  ROLE_NOT_ALLOWED = 'ROLE_NOT_ALLOWED',
  SAME_CUSTOMER = 'SAME_CUSTOMER',
  SHIPMENTS_MISMATCH = 'SHIPMENTS_MISMATCH',
  SHIPPING_ADDRESS_REQUIRED = 'SHIPPING_ADDRESS_REQUIRED',
  SKU_TAKEN = 'SKU_TAKEN',
  STORE_REQUIRED = 'STORE_REQUIRED',
  STORE_RETIRED = 'STORE_RETIRED',
  TENANT_NOT_READY = 'TENANT_NOT_READY',
  TOO_LONG = 'TOO_LONG',
  TOO_MANY = 'TOO_MANY',
  TOO_MANY_ATTEMPTS = 'TOO_MANY_ATTEMPTS',
  UNKNOWN_ADDRESS = 'UNKNOWN_ADDRESS',
  UNKNOWN_COUNTRY = 'UNKNOWN_COUNTRY',
  UNKNOWN_CURRENCY = 'UNKNOWN_CURRENCY',
  UNKNOWN_CUSTOMER = 'UNKNOWN_CUSTOMER',
  UNKNOWN_DELIVERY = 'UNKNOWN_DELIVERY',
  UNKNOWN_EVENT_TYPE = 'UNKNOWN_EVENT_TYPE',
  UNKNOWN_ITEM = 'UNKNOWN_ITEM',
  UNKNOWN_LANGUAGE = 'UNKNOWN_LANGUAGE',
  UNKNOWN_ORDER = 'UNKNOWN_ORDER',
  UNKNOWN_PAGE = 'UNKNOWN_PAGE',
  UNKNOWN_PRODUCT = 'UNKNOWN_PRODUCT',
  UNKNOWN_SESSION = 'UNKNOWN_SESSION',
  UNKNOWN_STORE = 'UNKNOWN_STORE',
  UNKNOWN_TASK = 'UNKNOWN_TASK',
  UNKNOWN_TENANT = 'UNKNOWN_TENANT',
  UNKNOWN_TIME_ZONE = 'UNKNOWN_TIME_ZONE',
  UNKNOWN_USER = 'UNKNOWN_USER',
  UNKNOWN_WEBHOOK = 'UNKNOWN_WEBHOOK',
  URL_TAKEN = 'URL_TAKEN',
  USER_NOT_ACTIVE = 'USER_NOT_ACTIVE',
  VERSION_CONFLICT = 'VERSION_CONFLICT',
}

/** One thing that a person can mend in what they asked for. */
export interface Problem {
  code: ProblemCode;
  /** The place in the input, such as `items.0.quantity`; null for the input as a whole. */
  field: string | null;
  /** Names the value and the remedy. */
  message: string;
  /** The version that the object has by now; only with VERSION_CONFLICT. */
  currentVersion?: number;
}

/** Nothing was written, since what was asked for has these problems. */
export class RefusedInput extends Error {
  override name = 'RefusedInput';

  /** @param currentKey the key of the object that was to be changed, where the caller should see it as it is */
  constructor(
    readonly problems: readonly Problem[],
    readonly currentKey?: string,
  ) {
    super(problems.map(({ message }) => message).join(' '));
  }
}

/** Collects problems, so that all of them are reported together. */
export class Problems {
  readonly #problems: Problem[] = [];

  add(code: ProblemCode, field: string | null, message: string): void {
    this.#problems.push({ code, field, message });
  }

  /**
   * Takes in the problems with which a part of the work refuses its own part of the input; undefined when it does.
   * @param field where that part stands; null where the work itself says so
   */
  async within<Result>(field: string | null, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RefusedInput)) {
        throw error;
      }
      this.#problems.push(
        ...error.problems.map(problem => ({
          ...problem,
          field: [field, problem.field].filter(part => part !== null).join('.') || null,
        })),
      );
      return undefined;
    }
  }

  /** Whether anything was found so far. */
  get any(): boolean {
    return this.#problems.length > 0;
  }

  /** @throws RefusedInput when there are problems */
  throwIfAny(currentKey?: string): void {
    if (this.any) {
      throw new RefusedInput(this.#problems, currentKey);
    }
  }
}

/** A refusal for one reason alone. */
export function refused(code: ProblemCode, field: string | null, message: string, currentKey?: string): RefusedInput {
  return new RefusedInput([{ code, field, message }], currentKey);
}

/**
 * Refuses a change of an object that is no longer as the caller saw it.
 * @throws RefusedInput VERSION_CONFLICT with the current version
 */
export function checkVersion(object: { id: string; version: number }, expected: number | undefined): void {
  if (expected !== undefined && expected !== object.version) {
    const message = `expectedVersion is ${expected}, but the object has version ${object.version} by now; read it again and decide.`;
    const problem = { code: ProblemCode.VERSION_CONFLICT, field: 'expectedVersion', message };
    throw new RefusedInput([{ ...problem, currentVersion: object.version }], object.id);
  }
}
