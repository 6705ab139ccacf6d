import { Field, InputType } from 'type-graphql';
import { AddressInput } from '../addresses/address.inputs.js';
import { versionInput } from '../graphql/object-input.js';
import type { StoreValues } from './store.service.js';

/** A store to be opened. */
@InputType({ description: 'A store to be opened.' })
export class CreateStoreInput implements StoreValues {
  @Field(() => String, { description: 'The store’s name; unique.' })
  name!: string;

  @Field(() => AddressInput, { description: 'Where the store is.' })
  address!: AddressInput;
}

/** What of a store is changed. What is left out stays as it is. */
@InputType({ description: 'What of a store is changed. What is left out stays as it is.' })
export class UpdateStoreInput extends versionInput('store', 'changed') implements StoreValues {
  @Field(() => String, { nullable: true, description: 'The store’s name; unique.' })
  name?: string | null;

  @Field(() => AddressInput, { nullable: true, description: 'Where the store is from now on.' })
  address?: AddressInput | null;
}

/** A store that is closed for good. */
@InputType({ description: 'A store that is closed for good.' })
export class RetireStoreInput extends versionInput('store', 'retired') {}
