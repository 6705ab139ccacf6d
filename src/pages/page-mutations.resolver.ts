import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { readOne } from '../database/loaders.js';
import { keyOf } from '../graphql/global-id.js';
import { answer, mutate, payloadType, write } from '../graphql/mutation.js';
import { Page } from './page.entity.js';
import { CreatePageInput, DeletePageInput, UpdatePageInput } from './page.inputs.js';
import { pageById } from './page.loaders.js';
import { createPage, deletePage, updatePage } from './page.service.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const CreatePagePayload = payloadType('CreatePage', { page: Page });
const UpdatePagePayload = payloadType('UpdatePage', { page: Page });

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `deletePage` answers.' })
class DeletePagePayload extends payloadType('DeletePage', { page: Page }) {
  @Field(() => ID, { nullable: true, description: 'The id of the page that is gone.' })
  deletedId?: string;
}

@Resolver()
export class PageMutationsResolver {
  @Requires(Permission.GUIDE_WRITE)
  @Mutation(() => CreatePagePayload, { description: 'Writes a page of the Guide.' })
  createPage(
    @Arg('input', () => CreatePageInput, { description: 'The page.' }) input: CreatePageInput,
    @Ctx() context: RequestContext,
  ) {
    return mutate(context, 'page', pageById, transaction => createPage(transaction, context.languages, input));
  }

  @Requires(Permission.GUIDE_WRITE)
  @Mutation(() => UpdatePagePayload, { description: 'Changes a page of the Guide.' })
  updatePage(
    @Arg('input', () => UpdatePageInput, { description: 'What is changed.' }) input: UpdatePageInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Page', input.id);
    return mutate(context, 'page', pageById, transaction =>
      updatePage(transaction, context.languages, key, input.expectedVersion ?? undefined, input),
    );
  }

  @Requires(Permission.GUIDE_WRITE)
  @Mutation(() => DeletePagePayload, { description: 'Deletes a page of the Guide for good.' })
  deletePage(
    @Arg('input', () => DeletePageInput, { description: 'Which page.' }) input: DeletePageInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Page', input.id);
    return answer<object>(
      async () => {
        await write(context, transaction => deletePage(transaction, key, input.expectedVersion ?? undefined));
        return { deletedId: input.id };
      },
      async current => ({ page: await readOne(context.reader, pageById, current, undefined) }),
    );
  }
}
