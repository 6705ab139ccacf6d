import type { Address } from '../addresses/address.entity.js';
import { addressById } from '../addresses/address.loaders.js';
import { addAddress, type AddressValues, checkAddress, isSameAddress } from '../addresses/address.service.js';
import { addressesOf, linkAddress } from '../customers/customer-addresses.js';
import type { AddressKind, Customer } from '../customers/customer.entity.js';
import { readOne } from '../database/loaders.js';
import type { Row } from '../database/row.js';
import type { Transaction } from '../database/transactions.js';
import { type Problems, ProblemCode } from '../problems.js';

/** An address of an order as somebody gives it: one of the customer's by its key, or a new one. */
export interface AddressChoice {
  address?: string | undefined;
  newAddress?: AddressValues | undefined;
}

/** The addresses that a customer's new order uses. What is new becomes the customer's when the order is written. */
export class OrderAddresses {
  readonly #toLink: { kind: AddressKind; address: string }[] = [];

  private constructor(
    private readonly transaction: Transaction,
    private readonly problems: Problems,
    private readonly known: { kind: AddressKind; address: Row<Address> }[],
  ) {}

  /** @param customer the key of a customer whom the database knows; undefined for a new one, or one that is in question */
  static async of(transaction: Transaction, problems: Problems, customer: string | undefined): Promise<OrderAddresses> {
    return new OrderAddresses(transaction, problems, customer ? await addressesOf(transaction.reader, customer) : []);
  }

  /** The key of the address that was chosen; undefined when it cannot be used, which is reported. */
  async choose(choice: AddressChoice, kind: AddressKind, field: string): Promise<string | undefined> {
    const { address, newAddress } = choice;
    if ((address === undefined) === (newAddress === undefined)) {
      this.problems.add(ProblemCode.EXACTLY_ONE_REQUIRED, field, 'Give either addressId or newAddress.');
      return undefined;
    }
    return newAddress ? this.#chooseNew(newAddress, kind, field) : this.#chooseKnown(address!, field);
  }

  /** Notes the new addresses as the customer's, who is locked. */
  async link(customer: Customer): Promise<void> {
    for (const { kind, address } of this.#toLink) {
      await linkAddress(this.transaction, customer, kind, address);
    }
  }

  async #chooseKnown(address: string, field: string): Promise<string | undefined> {
    if (this.known.some(known => known.address.id === address)) {
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

  async #chooseNew(values: AddressValues, kind: AddressKind, field: string): Promise<string | undefined> {
    const parts = await checkAddress(this.transaction, this.problems, `${field}.newAddress`, values);
    const known = this.known.find(({ address }) => isSameAddress(address, parts));
    const id = known?.address.id ?? addAddress(this.transaction, parts).id;
    if (!known) {
      this.known.push({ kind, address: { id, ...parts } });
    }
    this.#toLink.push({ kind, address: id });
    return id;
  }
}
