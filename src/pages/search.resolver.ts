import {
  Args,
  ArgsType,
  createUnionType,
  Ctx,
  Extensions,
  Field,
  FieldResolver,
  Float,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Planned } from '../plans/planned.js';
import type { RequestContext } from '../context.js';
import { defaultPageSize, maxPageSize } from '../graphql/paging.js';
import type { Row } from '../database/row.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { Product } from '../products/product.entity.js';
import { productById } from '../products/product.loaders.js';
import { Page } from './page.entity.js';
import { pageById } from './page.loaders.js';
import type { FoundText } from './search-guide.js';
import { highlightOf } from './search.loaders.js';
import { searchPlan } from './search.plan.js';
import { maxQuery, prepareSearch } from './search.service.js';

/** Several statements that may look at a few hundred texts. */
const searchCost = 2500;

/** A text that was found, with its row. */
interface Hit extends FoundText {
  item: (Row<Page> & { __typename: 'Page' }) | (Row<Product> & { __typename: 'Product' });
}

const SearchItem = createUnionType({
  name: 'SearchItem',
  description: 'What a search finds.',
  types: () => [Page, Product] as const,
  resolveType: item => (item as Hit['item']).__typename,
});

/** A piece of a text. Texts come in pieces so that a page can mark what fits without taking text for HTML. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'A piece of a text; the pieces joined are the text.' })
class TextPiece {
  @Field(() => String, { description: 'The piece, plain text: to be escaped as any other where it goes into HTML.' })
  text!: string;

  @Field(() => Boolean, { description: 'Whether it is a word that fits the search, to be marked.' })
  isMatch!: boolean;
}

/** What a search found. */
@Requires(INHERITED)
@ObjectType({ description: 'A page or a product that a search found.' })
class SearchHit {
  @Field(() => Float, {
    description:
      'How well it fits; greater is better. Above 2 it has the words themselves or other forms of them, above 1 words that begin so, and below that words that are spelt alike.',
  })
  rank!: number;
}

@ArgsType()
class SearchArgs {
  @Field(() => String, {
    description: `What to look for, in words; all of them have to be found, of which the first five that tell texts apart count. At most ${maxQuery} characters.`,
  })
  query!: string;

  @Field(() => String, {
    description: 'The code of the language to search in, such as `en`: only pages of it, and all products.',
  })
  language!: string;

  @Field(() => Int, { description: `How many hits at the most, 1 to ${maxPageSize}.` })
  first: number = defaultPageSize;
}

@Resolver()
export class SearchResolver {
  @Requires(Permission.GUIDE_READ)
  @Extensions({ cost: searchCost })
  @Planned(searchPlan)
  @Query(() => [SearchHit], {
    description:
      'Pages of the Guide and products that are sold, the best first. Words are found in all of their forms, by their beginnings, without their accents, and when little else is found with typos. Titles outweigh texts.',
  })
  async search(@Args(() => SearchArgs) args: SearchArgs, @Ctx() { reader, loaders, languages }: RequestContext) {
    const found = await prepareSearch(languages, args)(reader);
    const hits = await Promise.all(found.map(text => withItem(text, loaders)));
    return hits.filter(hit => hit !== undefined);
  }
}

@Resolver(() => SearchHit)
export class SearchHitResolver {
  @FieldResolver(() => SearchItem, { description: 'The page or the product.' })
  item(@Root() hit: Hit) {
    return hit.item;
  }

  @FieldResolver(() => [TextPiece], { description: 'The page’s title or the product’s name, in pieces.' })
  async title(@Root() hit: Hit, @Ctx() { loaders }: RequestContext) {
    return (await loaders.load(highlightOf, hit))?.title ?? [];
  }

  @FieldResolver(() => [TextPiece], {
    description:
      'The part of the page’s text or the product’s description with the most matches, about 200 characters, in pieces.',
  })
  async snippet(@Root() hit: Hit, @Ctx() { loaders }: RequestContext) {
    return (await loaders.load(highlightOf, hit))?.snippet ?? [];
  }
}

/** A text with its row; undefined when it was deleted since it was found. */
async function withItem(found: FoundText, loaders: RequestContext['loaders']): Promise<Hit | undefined> {
  const { type, key } = found;
  if (type === 'Page') {
    const page = await loaders.load(pageById, key);
    return page ? { ...found, item: { ...page, __typename: type } } : undefined;
  }
  const product = await loaders.load(productById, key);
  return product ? { ...found, item: { ...product, __typename: type } } : undefined;
}
