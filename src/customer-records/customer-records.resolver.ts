import { GraphQLJSONObject } from 'graphql-scalars';
import { Arg, Ctx, Extensions, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { Customer } from '../customers/customer.entity.js';
import { customerById } from '../customers/customer.loaders.js';
import { keyOf } from '../graphql/global-id.js';
import { answer, mutate, payloadType, write } from '../graphql/mutation.js';
import { EraseCustomerInput, MergeCustomersInput } from './customer-records.inputs.js';
import { eraseCustomer } from './erase-customer.js';
import { ErasureReceipt } from './erasure-receipt.js';
import { exportCustomerData } from './export-customer.js';
import { mergeCustomers } from './merge-customers.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const MergeCustomersPayload = payloadType('MergeCustomers', { customer: Customer });
const EraseCustomerPayload = payloadType('EraseCustomer', { customer: Customer, receipt: ErasureReceipt });

/** An export reads all that there is of somebody, so a query may ask for a few of them. */
const exportCost = 50_000;

/** What concerns all that is kept of a person, orders included. */
@Resolver()
export class CustomerRecordsResolver {
  @Extensions({ cost: exportCost })
  @Requires(Permission.PERSONAL_DATA_MANAGE)
  @Query(() => GraphQLJSONObject, {
    nullable: true,
    description: 'All that is held of a person, as JSON: values, addresses, duplicates, orders, tasks, histories.',
  })
  exportCustomerData(
    @Arg('id', () => ID, { description: 'The customer’s id.' }) id: string,
    @Ctx() { reader }: RequestContext,
  ) {
    return exportCustomerData(reader, keyOf('Customer', id));
  }

  @Requires(Permission.PERSONAL_DATA_MANAGE)
  @Mutation(() => MergeCustomersPayload, {
    description: 'Makes two customers one: orders, tasks and addresses move, and either’s contacts find the survivor.',
  })
  mergeCustomers(
    @Arg('input', () => MergeCustomersInput, { description: 'Which two.' }) input: MergeCustomersInput,
    @Ctx() context: RequestContext,
  ) {
    const keys = { survivorId: keyOf('Customer', input.survivorId), duplicateId: keyOf('Customer', input.duplicateId) };
    return mutate(context, 'customer', customerById, transaction =>
      mergeCustomers(transaction, keys, input.expectedVersion ?? undefined),
    );
  }

  @Requires(Permission.PERSONAL_DATA_MANAGE)
  @Mutation(() => EraseCustomerPayload, {
    description: 'Erases a person’s values from every table, for good. Orders and statistics stay as they are.',
  })
  eraseCustomer(
    @Arg('input', () => EraseCustomerInput, { description: 'Who, and that it is meant.' }) input: EraseCustomerInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Customer', input.id);
    const customer = () => context.loaders.load(customerById, key);
    return answer(
      async () => {
        const receipt = await write(context, transaction =>
          eraseCustomer(transaction, key, input.confirm, input.expectedVersion ?? undefined),
        );
        return { receipt, customer: await customer() };
      },
      async () => ({ customer: await customer() }),
    );
  }
}
