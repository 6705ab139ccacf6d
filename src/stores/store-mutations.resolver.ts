import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { keyOf } from '../graphql/global-id.js';
import { mutate, payloadType } from '../graphql/mutation.js';
import { CreateStoreInput, RetireStoreInput, UpdateStoreInput } from './store.inputs.js';
import { Store } from './store.entity.js';
import { storeById } from './store.loaders.js';
import { createStore, retireStore, updateStore } from './store.service.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const CreateStorePayload = payloadType('CreateStore', { store: Store });
const UpdateStorePayload = payloadType('UpdateStore', { store: Store });
const RetireStorePayload = payloadType('RetireStore', { store: Store });

@Resolver()
export class StoreMutationsResolver {
  @Requires(Permission.CATALOGUE_WRITE)
  @Mutation(() => CreateStorePayload, { description: 'Opens a store.' })
  createStore(
    @Arg('input', () => CreateStoreInput, { description: 'The store.' }) input: CreateStoreInput,
    @Ctx() context: RequestContext,
  ) {
    return mutate(context, 'store', storeById, transaction => createStore(transaction, input));
  }

  @Requires(Permission.CATALOGUE_WRITE)
  @Mutation(() => UpdateStorePayload, { description: 'Changes a store.' })
  updateStore(
    @Arg('input', () => UpdateStoreInput, { description: 'What is changed.' }) input: UpdateStoreInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Store', input.id);
    return mutate(context, 'store', storeById, transaction =>
      updateStore(transaction, key, input.expectedVersion ?? undefined, input),
    );
  }

  @Requires(Permission.CATALOGUE_WRITE)
  @Mutation(() => RetireStorePayload, {
    description: 'Closes a store for good. Its open orders can still be completed or cancelled.',
  })
  retireStore(
    @Arg('input', () => RetireStoreInput, { description: 'Which store.' }) input: RetireStoreInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Store', input.id);
    return mutate(context, 'store', storeById, transaction =>
      retireStore(transaction, key, input.expectedVersion ?? undefined),
    );
  }
}
