import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import { AddressKind, Customer, CustomerAddress } from '../src/customers/customer.entity.js';
import { insertMissing } from './insert-missing.js';
import { addressId, customerId, sampleCustomers } from './sample-data.js';

/** Seeds the customers, each with the addresses that it uses. */
export class CustomerSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    const inserted = await insertMissing(
      em,
      Customer,
      sampleCustomers.map(({ key, firstName, lastName, email = null, telephone = null }) => ({
        id: customerId(key),
        firstName,
        lastName,
        email,
        telephone,
      })),
    );
    // Those who stood already keep the addresses that they have by now.
    const added = sampleCustomers.filter(({ key }) => inserted.has(customerId(key)));
    const links = added.flatMap(({ key, billingAddresses, shippingAddresses }) => [
      ...billingAddresses.map(address => link(key, AddressKind.BILLING, address)),
      ...shippingAddresses.map(address => link(key, AddressKind.SHIPPING, address)),
    ]);
    await em.insertMany(CustomerAddress, links);
  }
}

function link(customer: string, kind: AddressKind, address: string) {
  return { customer: customerId(customer), kind, address: addressId(address) };
}
