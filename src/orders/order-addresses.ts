import {
  addAddress,
  type AddressValues,
  checkParts,
  isSameAddress,
  readCountries,
} from '../addresses/address.service.js';
import { addressById } from '../addresses/address.loaders.js';
import { linkAddress, type UsedAddress } from '../customers/customer-addresses.js';
import type { AddressKind, Customer } from '../customers/customer.entity.js';
import { readOne } from '../database/loaders.js';
import type { Reader } from '../database/reader.js';
import type { Transaction } from '../database/transactions.js';
import { type Problems, ProblemCode } from '../problems.js';

/** An address of an order as somebody gives it: one of the customer's by its key, or a new one. */
export interface AddressChoice {
  address?: string | undefined;
  newAddress?: AddressValues | undefined;
}

/** The codes of the countries that new addresses lie in, as far as there are such countries. */
export function countriesOf(reader: Reader, choices: readonly AddressChoice[]): Promise<Set<string>> {
  return readCountries(
    reader,
    choices.flatMap(({ newAddress }) => newAddress ?? []),
  );
}

/** The addresses that a customer's new order uses. What is new becomes the customer's by `link`. */
export class OrderAddresses {
  readonly #chosen: UsedAddress[] = [];
  readonly #toLink: UsedAddress[] = [];

  /**
   * @param used what the customer uses
   * @param countries the countries of new addresses
   */
  constructor(
    private readonly transaction: Transaction,
    private readonly problems: Problems,
    private readonly used: readonly UsedAddress[],
    private readonly countries: ReadonlySet<string>,
  ) {}

  /** The key of the address that was chosen; undefined when it cannot be used, which is reported. */
  async choose(choice: AddressChoice, kind: AddressKind, field: string): Promise<string | undefined> {
    const { address, newAddress } = choice;
    if ((address === undefined) === (newAddress === undefined)) {
      this.problems.add(ProblemCode.EXACTLY_ONE_REQUIRED, field, 'Give either addressId or newAddress.');
      return undefined;
    }
    return newAddress ? this.#chooseNew(newAddress, kind, field) : this.#chooseKnown(address!, field);
  }

  /** Whether an address was given that may be new to the customer. */
  get areNew(): boolean {
    return this.#toLink.length > 0;
  }

  /** Notes the new addresses as the customer's, who is locked. */
  link(customer: Customer): void {
    let used = this.used;
    for (const address of this.#toLink) {
      used = linkAddress(this.transaction, customer, used, address);
    }
  }

  get #known(): readonly UsedAddress[] {
    return [...this.used, ...this.#chosen];
  }

  async #chooseKnown(address: string, field: string): Promise<string | undefined> {
    if (this.#known.some(known => known.address.id === address)) {
      return address;
    }
    const exists = await readOne(this.transaction.reader, addressById, address, undefined);
    const [code, message] = exists
      ? [
          ProblemCode.ADDRESS_OF_ANOTHER_CUSTOMER,
          'The address is not one of the customer’s; add it to the customer first.',
        ]
      : [ProblemCode.UNKNOWN_ADDRESS, 'There is no address of this id.'];
    this.problems.add(code, `${field}.addressId`, message);
    return undefined;
  }

  #chooseNew(values: AddressValues, kind: AddressKind, field: string): string {
    const parts = checkParts(this.problems, `${field}.newAddress`, values, this.countries);
    const known = this.#known.find(({ address }) => isSameAddress(address, parts));
    const chosen = { kind, address: known?.address ?? { id: addAddress(this.transaction, parts).id, ...parts } };
    this.#chosen.push(chosen);
    this.#toLink.push(chosen);
    return chosen.address.id;
  }
}
