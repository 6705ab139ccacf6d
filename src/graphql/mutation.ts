import { type ClassType, Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { RequestContext } from '../context.js';
import type { Batch } from '../database/loaders.js';
import type { Transaction } from '../database/transactions.js';
import { type Problem, ProblemCode, RefusedInput } from '../problems.js';
import { INHERITED, Requires } from './requires.js';

registerEnumType(ProblemCode, {
  name: 'UserErrorCode',
  description: 'What is wrong with the input of a mutation.',
  valuesConfig: {
    ADDRESS_OF_ANOTHER_CUSTOMER: { description: 'The address is not one of the customer’s.' },
    CODE_TAKEN: { description: 'Another country has this code.' },
    CONFIRMATION_REQUIRED: { description: 'What cannot be undone has to be confirmed.' },
    CONTACT_CLASH: { description: 'The email address is one customer’s and the telephone number another’s.' },
    CONTACT_REQUIRED: { description: 'A customer needs an email address or a telephone number.' },
    CONTACT_TAKEN: { description: 'Another customer has this email address or telephone number.' },
    CURRENCY_MISMATCH: { description: 'The product is priced in another currency than the order.' },
    CUSTOMER_ERASED: { description: 'The customer’s personal values were erased.' },
    CUSTOMER_MERGED: { description: 'The customer is a duplicate of another, who should be used instead.' },
    DEFAULT_TENANT: { description: 'The shop that serves when none is named cannot be removed.' },
    DUPLICATE_ITEM: { description: 'Two items name the same product or line.' },
    DUPLICATE_SHIPMENT: { description: 'Two shipments go to the same address.' },
    EMAIL_TAKEN: { description: 'Somebody else in the shop has this email address.' },
    EXACTLY_ONE_REQUIRED: { description: 'Exactly one of several fields has to be given.' },
    HOST_TAKEN: { description: 'The host name leads to another shop.' },
    IDEMPOTENCY_KEY_REUSED: { description: 'The key was used with another input.' },
    ILLEGAL_TRANSITION: { description: 'The order’s status does not allow it.' },
    INVALID_COUNTRY_CODE: { description: 'It is not a code of a country.' },
    INVALID_CREDENTIALS: { description: 'Nobody who can sign in has this email address and this password.' },
    INSUFFICIENT_STOCK: { description: 'There are fewer pieces than that.' },
    INVALID_EMAIL: { description: 'It is not an email address.' },
    INVALID_HOST: { description: 'It is not a host name.' },
    INVALID_LANGUAGE: { description: 'It is not the tag of a language.' },
    INVALID_NAME: { description: 'It cannot be a name.' },
    INVALID_PASSWORD: { description: 'It cannot be a password.' },
    INVALID_PRICE: { description: 'It is not a price.' },
    INVALID_QUANTITY: { description: 'It is not a number of pieces.' },
    INVALID_TAX_RATE: { description: 'It is not a percentage.' },
    INVALID_TELEPHONE: { description: 'It is not a telephone number.' },
    INVALID_TOKEN: { description: 'The token is unknown, was used, or has expired.' },
    INVALID_URL: { description: 'It is not a URL that can be called.' },
    ITEMS_REQUIRED: { description: 'An order needs at least one item.' },
    LAST_OWNER: { description: 'Nobody else could manage the shop, or the platform.' },
    NAME_TAKEN: { description: 'Another object has this name.' },
    OWN_ACCOUNT: { description: 'Nobody does this to their own account.' },
    PICK_UP_HAS_SHIPMENTS: { description: 'An order that is picked up is sent nowhere.' },
    PRODUCT_RETIRED: { description: 'The product is no longer sold.' },
    REGISTRATION_CLOSED: { description: 'Shops are made by the operator alone.' },
    REQUIRED: { description: 'A value is missing.' },
    ROLE_NOT_ALLOWED: { description: 'The caller’s role does not reach so far.' },
    SAME_CUSTOMER: { description: 'Two different customers are needed.' },
    SHIPMENTS_MISMATCH: { description: 'The shipments do not carry exactly what was ordered.' },
    SHIPPING_ADDRESS_REQUIRED: { description: 'An order that is shipped needs a shipping address.' },
    SKU_TAKEN: { description: 'Another product has this SKU.' },
    STORE_REQUIRED: { description: 'An order that is picked up needs a store.' },
    STORE_RETIRED: { description: 'The store is closed for good.' },
    TENANT_NOT_READY: { description: 'The shop is being made or removed.' },
    TOO_LONG: { description: 'The text is too long.' },
    TOO_MANY: { description: 'The list is too long.' },
    TOO_MANY_ATTEMPTS: { description: 'It was tried too often; the message says when to try again.' },
    UNKNOWN_ADDRESS: { description: 'There is no such address.' },
    UNKNOWN_COUNTRY: { description: 'There is no such country.' },
    UNKNOWN_CURRENCY: { description: 'There is no such currency.' },
    UNKNOWN_CUSTOMER: { description: 'There is no such customer.' },
    UNKNOWN_DELIVERY: { description: 'There is no such delivery.' },
    UNKNOWN_EVENT_TYPE: { description: 'There is no such type of event.' },
    UNKNOWN_ITEM: { description: 'The order has no such line.' },
    UNKNOWN_LANGUAGE: { description: 'There is no such language.' },
    UNKNOWN_ORDER: { description: 'There is no such order.' },
    UNKNOWN_PAGE: { description: 'There is no such page.' },
    UNKNOWN_PRODUCT: { description: 'There is no such product.' },
    UNKNOWN_SESSION: { description: 'There is no such session.' },
    UNKNOWN_STORE: { description: 'There is no such store.' },
    UNKNOWN_TASK: { description: 'There is no such task.' },
    UNKNOWN_TENANT: { description: 'There is no such shop.' },
    UNKNOWN_TIME_ZONE: { description: 'There is no such time zone.' },
    UNKNOWN_USER: { description: 'There is no such user.' },
    UNKNOWN_WEBHOOK: { description: 'There is no such webhook.' },
    URL_TAKEN: { description: 'Another object has this URL.' },
    USER_NOT_ACTIVE: { description: 'The user was deactivated.' },
    VERSION_CONFLICT: { description: 'The object was changed since the caller saw it.' },
  },
});

/** One thing that a person can mend in the input of a mutation. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'Something in the input of a mutation that a person can mend.' })
class UserError {
  @Field(() => ProblemCode, { description: 'What is wrong, for programs.' })
  code!: ProblemCode;

  @Field(() => String, {
    nullable: true,
    description: 'Where in the input it is, such as `items.0.quantity`; null for the input as a whole.',
  })
  field!: string | null;

  @Field(() => String, { description: 'What is wrong and what to do, for people.' })
  message!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the object has by now; only with `VERSION_CONFLICT`.',
  })
  currentVersion?: number;
}

/** Makes the payload type of a mutation: its objects by their names, and what is wrong with the input. */
export function payloadType(mutation: string, objects: Record<string, ClassType<object>>): ClassType<object> {
  @Requires(INHERITED)
  @ObjectType(`${mutation}Payload`, { simpleResolvers: true, description: `What \`${lowerFirst(mutation)}\` answers.` })
  class Payload {
    @Field(() => [UserError], {
      description: 'What is wrong with the input; when there is anything, nothing was done.',
    })
    userErrors!: UserError[];
  }
  for (const [name, type] of Object.entries(objects)) {
    const description = 'As it is now; null when nothing was done and the input did not say of which object.';
    Field(() => type, { nullable: true, description })(Payload.prototype, name);
  }
  return Payload;
}

/** What a mutation answers: objects under their names, and what is wrong with the input. */
type Payload<Objects> = Partial<Objects> & { userErrors: readonly Problem[] };

/** Runs a mutation that gives the key of the object that it changed, and answers with the object. */
export function mutate<Name extends string, Value>(
  context: RequestContext,
  name: Name,
  batch: Batch<string, Value | null>,
  work: (transaction: Transaction) => Promise<string>,
): Promise<Payload<Record<Name, Value | null>>> {
  const load = async (key: string) =>
    ({ [name]: await context.loaders.load(batch, key) }) as Record<Name, Value | null>;
  return answer(async () => load(await write(context, work)), load);
}

/**
 * Answers a mutation with its result, or with what is wrong with its input, beside which the object that was to be changed
 * is shown as it stands.
 */
export async function answer<Objects extends object>(
  work: () => Promise<Objects>,
  loadCurrent: (key: string) => Promise<Partial<Objects>>,
): Promise<Payload<Objects>> {
  try {
    return { ...(await work()), userErrors: [] };
  } catch (error) {
    if (!(error instanceof RefusedInput)) {
      throw error;
    }
    const { currentKey, problems } = error;
    const current: Partial<Objects> = currentKey === undefined ? {} : await loadCurrent(currentKey);
    return { ...current, userErrors: problems };
  }
}

/** Writes, and forgets what the request has read, so that its answer shows what stands now. */
export async function write<Result>(
  { transact, loaders }: RequestContext,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await transact(work);
  } finally {
    loaders.clear();
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
