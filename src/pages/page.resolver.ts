import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { readPage, SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { configurationOf } from './languages.js';
import { Page } from './page.entity.js';
import { pageList, PageSort } from './page.list.js';
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

@Resolver(() => Page)
export class PageResolver {
  @Requires(Permission.GUIDE_READ)
  @Query(() => Page, { nullable: true, description: 'A page of the Guide by id; null when there is none.' })
  page(@Arg('id', () => ID, { description: 'The page’s id.' }) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(pageById, keyOf('Page', id));
  }

  @Requires(Permission.GUIDE_READ)
  @Query(() => PageConnection, { description: 'All pages of the Guide.' })
  pages(@Args(() => PagesArgs) args: PagesArgs, @Ctx() { reader, languages }: RequestContext) {
    const { sort, direction } = args;
    const language = args.language ?? undefined;
    if (language !== undefined) {
      configurationOf(languages, language);
    }
    return readPage(reader, pageList, { page: toPageRequest(args), sort, direction, filter: { language } });
  }

  @FieldResolver(() => String, { description: 'The text, without markup.' })
  body(@Root() page: Row<Page>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(bodyOfPage, page.id);
  }
}
