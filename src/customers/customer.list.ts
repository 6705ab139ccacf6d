import { registerEnumType } from 'type-graphql';
import type { List } from '../database/list.js';
import { Customer } from './customer.entity.js';

/** What customers can be sorted by. */
export enum CustomerSort {
  NAME = 'NAME',
  CREATED = 'CREATED',
}

registerEnumType(CustomerSort, {
  name: 'CustomerSort',
  description: 'What customers can be sorted by.',
  valuesConfig: {
    NAME: { description: 'Family name, then given name.' },
    CREATED: { description: 'When they became known.' },
  },
});

/** All customers but duplicates that were merged into others. */
export const customerList: List<Customer, undefined, CustomerSort> = {
  name: 'customers',
  entity: Customer,
  // Ids begin with the time at which they were made.
  sorts: { [CustomerSort.NAME]: ['lastName', 'firstName', 'id'], [CustomerSort.CREATED]: ['id'] },
  narrow: conditions => conditions.isNull('mergedInto'),
};
