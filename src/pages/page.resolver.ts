import { Planned } from '../plans/planned.js';
import { byKey, page } from '../plans/planners.js';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { type ListRequest, readPage, SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { configurationOf } from './languages.js';
import { Page } from './page.entity.js';
import { type PageFilter, pageList, PageSort } from './page.list.js';
import { bodyOfPage, pageById } from './page.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const PageConnection = connectionType(Page, 'Page');

@ArgsType()
class PagesArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Only pages in the language of this code; all without it.' })
  language?: string | null;

  @Field(() => PageSort, { description: 'What to sort by.' })
  sort: PageSort = PageSort.TITLE;

  @Field(() => SortDirection, { description: 'The direction to sort in.' })
  direction: SortDirection = SortDirection.ASC;
}

function toPagesRequest(languages: RequestContext['languages'], args: PagesArgs): ListRequest<PageFilter, PageSort> {
  const { sort, direction } = args;
  const language = args.language ?? undefined;
  if (language !== undefined) {
    configurationOf(languages, language);
  }
  return { page: toPageRequest(args), sort, direction, filter: { language } };
}

@Resolver(() => Page)
export class PageResolver {
  @Requires(Permission.GUIDE_READ)
  @Planned(byKey<{ id: string }>(pageById, ({ id }) => keyOf('Page', id)))
  @Query(() => Page, { nullable: true, description: 'A page of the Guide by id; null when there is none.' })
  page(@Arg('id', () => ID, { description: 'The page’s id.' }) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(pageById, keyOf('Page', id));
  }

  @Requires(Permission.GUIDE_READ)
  @Planned<PagesArgs>((place, args) =>
    page(pageList, (given: PagesArgs) => toPagesRequest(place.context.languages, given))(place, args),
  )
  @Query(() => PageConnection, { description: 'All pages of the Guide.' })
  pages(@Args(() => PagesArgs) args: PagesArgs, @Ctx() { reader, languages }: RequestContext) {
    return readPage(reader, pageList, toPagesRequest(languages, args));
  }

  @Planned(({ column }) => ({ kind: 'value', sql: column('body') }))
  @FieldResolver(() => String, { description: 'The text, without markup.' })
  body(@Root() page: Row<Page>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(bodyOfPage, page.id);
  }
}
