import { ArgsType, type ClassType, Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { type PageRequest, SortDirection } from '../database/list.js';
import { invalidPage } from '../errors.js';
import { INHERITED, Requires } from './requires.js';

/** Objects on a page when the caller names no size. */
export const defaultPageSize = 20;

/** Objects on a page at the most. */
export const maxPageSize = 100;

registerEnumType(SortDirection, {
  name: 'SortDirection',
  description: 'A direction to read a list in.',
  valuesConfig: {
    ASC: { description: 'Smallest, earliest or first of the alphabet first.' },
    DESC: { description: 'Largest, latest or last of the alphabet first.' },
  },
});

/** The arguments of every connection, as Relay has them. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `How many from the start, 1 to ${maxPageSize}; ${defaultPageSize} without \`first\` and \`last\`.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many from the end, 1 to ${maxPageSize}. Not together with \`first\`.`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes before this cursor.' })
  before?: string | null;
}

/**
 * The page that a connection's arguments ask for.
 * @throws DomainError INVALID_PAGE when the size is none, or asked from both ends
 */
export function toPageRequest({ first, after, last, before }: PageArgs): PageRequest {
  if (isGiven(first) && isGiven(last)) {
    throw invalidPage(`Both first (${first}) and last (${last}) are given; use one of them.`);
  }
  return {
    size: isGiven(last) ? checkSize('last', last) : checkSize('first', first ?? defaultPageSize),
    after: after ?? undefined,
    before: before ?? undefined,
    fromEnd: isGiven(last),
  };
}

/**
 * A page's size, when it is one.
 * @throws DomainError INVALID_PAGE when it is not from 1 to 100
 */
export function checkSize(name: string, size: number): number {
  if (size < 1 || size > maxPageSize) {
    throw invalidPage(`${name} is ${size}, but should be from 1 to ${maxPageSize}.`);
  }
  return size;
}

function isGiven(value: number | null | undefined): value is number {
  return value !== undefined && value !== null;
}

/** Where a page lies in its list. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there is more before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first object on the page.' })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last object on the page; give it to `after` for the next page.',
  })
  endCursor!: string | null;
}

/** Makes the connection and edge types of a list of some type, such as `OrderConnection` and `OrderEdge`. */
export function connectionType<Item extends object>(itemType: ClassType<Item>, name: string): ClassType<object> {
  @Requires(INHERITED)
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One entry of a list of type ${name}.` })
  class Edge {
    @Field(() => itemType, { description: 'The object.' })
    node!: Item;

    @Field(() => String, { description: 'Its place in the list.' })
    cursor!: string;
  }

  @Requires(INHERITED)
  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `One page of a list of type ${name}.` })
  class Connection {
    @Field(() => [Edge], { description: 'The page’s objects with their cursors.' })
    edges!: Edge[];

    @Field(() => [itemType], { description: 'The page’s objects, for callers who need no cursor of each.' })
    nodes!: Item[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: 'How many objects the whole list has. Counted only when asked for.' })
    totalCount!: number;
  }

  return Connection;
}
