import { type GraphQLSchema, isObjectType, lexicographicSortSchema } from 'graphql';
import { buildSchema, type NonEmptyArray, type PubSub } from 'type-graphql';
import type { Planner } from '../plans/planned.js';
import { toGlobalId } from './global-id.js';

/** Builds the schema from resolver classes, its types in alphabetical order. */
export async function createSchema(resolvers: NonEmptyArray<Function>): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers,
    // Services and lists check their input themselves, and say what is wrong in the words of the domain.
    validate: false,
    pubSub: noPubSub,
  });
  resolveGlobalIds(schema);
  // TypeGraphQL has no place for it.
  schema.getQueryType()!.description = 'What can be asked.';
  schema.getMutationType()!.description = 'What can be changed. Each mutation does all of it or nothing.';
  schema.getSubscriptionType()!.description = 'What can be watched, over WebSocket or server-sent events.';
  return lexicographicSortSchema(schema);
}

/** TypeGraphQL asks for one as soon as there is a subscription, although each of ours brings its own source of events. */
const noPubSub: PubSub = {
  publish: () => {},
  subscribe: () => {
    throw new Error('A subscription names its source of events by `subscribe`.');
  },
};

/** Rows hold bare keys; every object with an id of its own gives it with its type. */
function resolveGlobalIds(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node')) {
      const key = type.name === 'Country' ? 'iso2Code' : 'id';
      const field = type.getFields()['id']!;
      field.resolve = row => toGlobalId(type.name, row[key]);
      const plan: Planner = ({ column }) => ({
        kind: 'value',
        sql: `'${toGlobalId(type.name, '')}' || ${column(key)}`,
      });
      field.extensions = { ...field.extensions, plan };
    }
  }
}
