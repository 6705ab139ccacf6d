import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Address } from '../addresses/address.entity.js';
import { addressById } from '../addresses/address.loaders.js';
import type { RequestContext } from '../context.js';
import { keyOf } from '../graphql/global-id.js';
import { answer, mutate, payloadType, write } from '../graphql/mutation.js';
import { addCustomerAddress, removeCustomerAddress } from './customer-addresses.js';
import { Customer } from './customer.entity.js';
import {
  AddCustomerAddressInput,
  CreateCustomerInput,
  RemoveCustomerAddressInput,
  UpdateCustomerInput,
  UpsertCustomerInput,
} from './customer.inputs.js';
import { customerById } from './customer.loaders.js';
import { createCustomer, updateCustomer, upsertCustomer } from './customer.service.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const CreateCustomerPayload = payloadType('CreateCustomer', { customer: Customer });
const UpdateCustomerPayload = payloadType('UpdateCustomer', { customer: Customer });
const UpsertCustomerPayload = payloadType('UpsertCustomer', { customer: Customer });
const AddCustomerAddressPayload = payloadType('AddCustomerAddress', { customer: Customer, address: Address });
const RemoveCustomerAddressPayload = payloadType('RemoveCustomerAddress', { customer: Customer });

@Resolver()
export class CustomerMutationsResolver {
  @Requires(Permission.CUSTOMERS_WRITE)
  @Mutation(() => CreateCustomerPayload, { description: 'Makes a customer, whose contacts nobody else has.' })
  createCustomer(
    @Arg('input', () => CreateCustomerInput, { description: 'The customer.' }) input: CreateCustomerInput,
    @Ctx() context: RequestContext,
  ) {
    return mutate(context, 'customer', customerById, transaction => createCustomer(transaction, input));
  }

  @Requires(Permission.CUSTOMERS_WRITE)
  @Mutation(() => UpdateCustomerPayload, { description: 'Changes a customer.' })
  updateCustomer(
    @Arg('input', () => UpdateCustomerInput, { description: 'What is changed.' }) input: UpdateCustomerInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Customer', input.id);
    return mutate(context, 'customer', customerById, transaction =>
      updateCustomer(transaction, key, input.expectedVersion ?? undefined, input),
    );
  }

  @Requires(Permission.CUSTOMERS_WRITE)
  @Mutation(() => UpsertCustomerPayload, {
    description: 'Finds a customer by email or telephone and changes what else is given, or makes one.',
  })
  upsertCustomer(
    @Arg('input', () => UpsertCustomerInput, { description: 'The customer.' }) input: UpsertCustomerInput,
    @Ctx() context: RequestContext,
  ) {
    return mutate(context, 'customer', customerById, transaction => upsertCustomer(transaction, input));
  }

  @Requires(Permission.CUSTOMERS_WRITE)
  @Mutation(() => AddCustomerAddressPayload, { description: 'Adds an address that a customer uses.' })
  addCustomerAddress(
    @Arg('input', () => AddCustomerAddressInput, { description: 'Whose address.' }) input: AddCustomerAddressInput,
    @Ctx() context: RequestContext,
  ) {
    const { kind, expectedVersion } = input;
    const key = keyOf('Customer', input.customerId);
    const customer = () => context.loaders.load(customerById, key);
    return answer(
      async () => {
        const address = await write(context, transaction =>
          addCustomerAddress(transaction, key, expectedVersion ?? undefined, kind, input.address),
        );
        return { customer: await customer(), address: await context.loaders.load(addressById, address) };
      },
      async () => ({ customer: await customer() }),
    );
  }

  @Requires(Permission.CUSTOMERS_WRITE)
  @Mutation(() => RemoveCustomerAddressPayload, {
    description: 'Takes an address from a customer. Orders that go there keep it.',
  })
  removeCustomerAddress(
    @Arg('input', () => RemoveCustomerAddressInput, { description: 'Which address.' })
    input: RemoveCustomerAddressInput,
    @Ctx() context: RequestContext,
  ) {
    const { kind, expectedVersion } = input;
    const [key, address] = [keyOf('Customer', input.customerId), keyOf('Address', input.addressId)];
    return mutate(context, 'customer', customerById, transaction =>
      removeCustomerAddress(transaction, key, expectedVersion ?? undefined, address, kind ?? undefined),
    );
  }
}
