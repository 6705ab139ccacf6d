import { Planned, type Planner } from '../plans/planned.js';
import { byKey } from '../plans/planners.js';
import type { ClassType } from 'type-graphql';
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import type { RowBatch } from '../database/loaders.js';
import { forbidden, invalidPage, unauthenticated } from '../errors.js';
import { type NodeTypeName, parseGlobalId } from './global-id.js';
import { Node } from './node.js';
import { maxPageSize } from './paging.js';
import { Requires } from './requires.js';
import { Permission } from '../permissions.js';

/** How an object of each type is read by its key, and what somebody needs to be allowed to do so. */
export type NodeTypes = Record<NodeTypeName, [batch: RowBatch<object>, permission: Permission]>;

/** Makes the resolver that finds any object by its id alone. */
export function createNodeResolver(types: NodeTypes): ClassType<object> {
  async function load(id: string, { loaders, viewer }: RequestContext): Promise<object | null> {
    const { typeName, key } = parseGlobalId(id);
    const [batch, permission] = types[typeName];
    // The type is known by now only, so this is not refused with the query (see ./permission-check.ts).
    if (!viewer.permissions.has(permission)) {
      throw viewer.user ? forbidden(viewer.user.role, [typeName]) : unauthenticated([typeName]);
    }
    const row = await loaders.load(batch, key);
    return row && { ...row, __typename: typeName };
  }

  const planNode: Planner<{ id: string }> = (place, { id }) => {
    const { typeName, key } = parseGlobalId(id);
    const [batch, permission] = types[typeName];
    // The resolver says why not.
    return place.context.viewer.permissions.has(permission) ? byKey(batch, () => key)(place, {}) : undefined;
  };

  const planNodes: Planner<{ ids: string[] }> = ({ context }, { ids }) => {
    const parsed = ids.map(parseGlobalId);
    const [first] = parsed;
    // Of several types a loader for each is as good, and what is wrong is the resolver's to say.
    if (!first || ids.length > maxPageSize || parsed.some(({ typeName }) => typeName !== first.typeName)) {
      return undefined;
    }
    const [{ entity }, permission] = types[first.typeName];
    const keys = parsed.map(({ key }) => key);
    return context.viewer.permissions.has(permission) ? { kind: 'rowsByKeys', entity, keys } : undefined;
  };

  @Resolver()
  class NodeResolver {
    @Requires(Permission.PUBLIC)
    @Planned(planNode)
    @Query(() => Node, { nullable: true, description: 'Any object by its id; null when there is none.' })
    node(@Arg('id', () => ID, { description: 'The object’s id.' }) id: string, @Ctx() context: RequestContext) {
      return load(id, context);
    }

    @Requires(Permission.PUBLIC)
    @Planned(planNodes)
    @Query(() => [Node], { nullable: 'items', description: 'Objects by their ids, in the order of the ids.' })
    nodes(
      @Arg('ids', () => [ID], { description: `The objects’ ids, at most ${maxPageSize}.` }) ids: string[],
      @Ctx() context: RequestContext,
    ) {
      if (ids.length > maxPageSize) {
        throw invalidPage(`${ids.length} ids are given, and ${maxPageSize} are the most; ask in parts.`);
      }
      // Not by Promise.all: an id that is none is an error of its own place, and the others are given.
      return ids.map(id => load(id, context));
    }
  }

  return NodeResolver;
}
