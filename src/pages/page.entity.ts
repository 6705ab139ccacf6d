import { Check, Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { newId } from '../database/new-id.js';
import { Node } from '../graphql/node.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/**
 * A page of the Guide. The table has one more column, `search`, and an index on it: PostgreSQL makes them of the others,
 * and only the search reads them (migrations/tenant, guide).
 */
@Requires(Permission.GUIDE_READ)
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A page of the Guide, which staff and customers search.',
})
@Entity({ schema: '*', tableName: 'pages' })
@Index({ name: 'pages_title_index', properties: ['title', 'id'] })
@Index({ name: 'pages_last_updated_index', properties: ['lastUpdated', 'id'] })
@Index({ name: 'pages_language_title_index', properties: ['language', 'title', 'id'] })
@Index({ name: 'pages_language_last_updated_index', properties: ['language', 'lastUpdated', 'id'] })
@Check({ name: 'pages_title_check', expression: `btrim(title) <> ''` })
@Check({ name: 'pages_url_check', expression: `url ~ '^(https?://|/)'` })
@Check({ name: 'pages_language_check', expression: `language ~ '^[a-z]{2,3}(-[a-z0-9]{2,8})*$'` })
export class Page {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Field(() => String, { description: 'The page’s title.' })
  @Property({ type: 'text' })
  title!: string;

  @Field(() => String, {
    description: 'Where the page is shown: an `https` or `http` URL, or a path that begins with `/`; unique.',
  })
  @Unique({ name: 'pages_url_unique' })
  @Property({ type: 'text' })
  url!: string;

  @Field(() => String, { description: 'The code of the language that it is written in, such as `en`.' })
  @Property({ type: 'text' })
  language!: string;

  /** PostgreSQL’s text search configuration by which its words are stemmed. It stands here so that rows say it themselves. */
  @Property({ type: 'text' })
  searchConfiguration!: string;

  /** Large, so it is read by itself where it is asked for. */
  @Property({ type: 'text', lazy: true })
  body!: string;

  @Field(() => GraphQLDateTime, { description: 'When the page was written or changed last.' })
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  lastUpdated: Date = new Date();

  @Field(() => Int, {
    description: 'Grows with each change; give it as `expectedVersion` to change only what you saw.',
  })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;
}
