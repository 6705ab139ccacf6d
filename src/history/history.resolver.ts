import { Planned } from '../plans/planned.js';
import { one, page, pageOf } from '../plans/planners.js';
import {
  Arg,
  Args,
  ArgsType,
  type ClassType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { User } from '../auth/user.entity.js';
import { userById } from '../auth/user.loaders.js';
import type { RequestContext } from '../context.js';
import { withoutHistory } from '../errors.js';
import { type ListRequest, readPage, SortDirection } from '../database/list.js';
import { parseGlobalId } from '../graphql/global-id.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import type { Row } from '../database/row.js';
import { subjectOf, withGlobalIds } from './global-ids.js';
import { FieldChange, HistoryEntry } from './history-entry.entity.js';
import { type HistoryConditions, historyList, historyOfSubject } from './history.list.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const HistoryConnection = connectionType(HistoryEntry, 'HistoryEntry');

@ArgsType()
class HistoryArgs extends PageArgs {
  @Field(() => SortDirection, { description: 'The direction to sort by version in; latest first without it.' })
  direction: SortDirection = SortDirection.DESC;
}

@Resolver(() => HistoryEntry)
export class HistoryEntryResolver {
  @Requires(Permission.HISTORY_READ)
  @Planned(
    page(historyList, ({ id, ...args }: HistoryArgs & { id: string }) => ({
      ...toHistoryRequest(args),
      filter: toSubject(id),
    })),
  )
  @Query(() => HistoryConnection, {
    description: 'What was done to an object by its id, also to one that is gone; latest first.',
  })
  history(
    @Arg('id', () => ID, { description: 'The object’s id.' }) id: string,
    @Args(() => HistoryArgs) args: HistoryArgs,
    @Ctx() { reader }: RequestContext,
  ) {
    return readPage(reader, historyList, { ...toHistoryRequest(args), filter: toSubject(id) });
  }

  @FieldResolver(() => [FieldChange], { description: 'The fields that changed.' })
  changes(@Root() { changes }: Row<HistoryEntry>) {
    return withGlobalIds(changes);
  }

  @Planned(one(userById, 'user'))
  @FieldResolver(() => User, { nullable: true, description: 'The user who changed it; null where a program did.' })
  user(@Root() { user }: Row<HistoryEntry>, @Ctx() { loaders }: RequestContext) {
    return user === null ? null : loaders.load(userById, user);
  }
}

function toSubject(id: string): HistoryConditions {
  const { typeName, key } = parseGlobalId(id);
  const subjectType = subjectOf(typeName);
  if (!subjectType) {
    throw withoutHistory(id);
  }
  return { subjectType, subject: key };
}

function toHistoryRequest(args: HistoryArgs): ListRequest<HistoryConditions, 'VERSION'> {
  return { page: toPageRequest(args), sort: 'VERSION', direction: args.direction, filter: {} };
}

/** Makes the resolver that gives a type its history. */
export function historyResolver(type: ClassType<{ id: string }>): ClassType<object> {
  @Resolver(() => type)
  class HistoryResolver {
    @Requires(Permission.HISTORY_READ)
    @Planned(pageOf(historyOfSubject, toHistoryRequest))
    @FieldResolver(() => HistoryConnection, { description: 'What was changed, by whom and when; latest first.' })
    history(
      @Root() { id }: { id: string },
      @Args(() => HistoryArgs) args: HistoryArgs,
      @Ctx() { loaders }: RequestContext,
    ) {
      return loaders.load(historyOfSubject, id, toHistoryRequest(args));
    }
  }
  return HistoryResolver;
}
