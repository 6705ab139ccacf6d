import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { keyOf } from '../graphql/global-id.js';
import { mutate, payloadType } from '../graphql/mutation.js';
import { CreateProductInput, RetireProductInput, UpdateProductInput } from './product.inputs.js';
import { Product } from './product.entity.js';
import { productById } from './product.loaders.js';
import { createProduct, retireProduct, updateProduct } from './product.service.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const CreateProductPayload = payloadType('CreateProduct', { product: Product });
const UpdateProductPayload = payloadType('UpdateProduct', { product: Product });
const RetireProductPayload = payloadType('RetireProduct', { product: Product });

@Resolver()
export class ProductMutationsResolver {
  @Requires(Permission.CATALOGUE_WRITE)
  @Mutation(() => CreateProductPayload, { description: 'Makes a product that can be ordered.' })
  createProduct(
    @Arg('input', () => CreateProductInput, { description: 'The product.' }) input: CreateProductInput,
    @Ctx() context: RequestContext,
  ) {
    return mutate(context, 'product', productById, transaction => createProduct(transaction, input));
  }

  @Requires(Permission.CATALOGUE_WRITE)
  @Mutation(() => UpdateProductPayload, { description: 'Changes a product. Placed orders stay as they are.' })
  updateProduct(
    @Arg('input', () => UpdateProductInput, { description: 'What is changed.' }) input: UpdateProductInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Product', input.id);
    return mutate(context, 'product', productById, transaction =>
      updateProduct(transaction, key, input.expectedVersion ?? undefined, input),
    );
  }

  @Requires(Permission.CATALOGUE_WRITE)
  @Mutation(() => RetireProductPayload, { description: 'Takes a product out of what can be ordered, for good.' })
  retireProduct(
    @Arg('input', () => RetireProductInput, { description: 'Which product.' }) input: RetireProductInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Product', input.id);
    return mutate(context, 'product', productById, transaction =>
      retireProduct(transaction, key, input.expectedVersion ?? undefined),
    );
  }
}
