import type { Opt, Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { newId } from '../database/new-id.js';
import { Node } from '../graphql/node.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { User } from './user.entity.js';

/** That somebody has signed in somewhere. It is the family of the refresh tokens that followed each other there. */
@Requires(Permission.OWN_ACCOUNT)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'That somebody has signed in somewhere.' })
@Entity({ schema: '*', tableName: 'sessions' })
@Index({ name: 'sessions_user_index', properties: ['user', 'createdAt', 'id'] })
export class Session {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @ManyToOne({ entity: () => User, ref: true, deleteRule: 'restrict', updateRule: 'restrict', index: false })
  user!: Ref<User>;

  @Field(() => GraphQLDateTime, { description: 'When they signed in.' })
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  createdAt!: Opt<Date>;

  @Field(() => GraphQLDateTime, { description: 'When its tokens were last renewed.' })
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  lastUsedAt!: Opt<Date>;

  @Field(() => GraphQLDateTime, { description: 'When it ends by itself, unless its tokens are renewed before.' })
  @Property({ columnType: 'timestamptz(3)' })
  expiresAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was ended before that, if it was.' })
  @Property({ columnType: 'timestamptz(3)', nullable: true })
  endedAt: Date | null = null;

  @Field(() => String, { nullable: true, description: 'The program that signed in, as it called itself.' })
  @Property({ type: 'text', nullable: true })
  userAgent: string | null = null;

  @Field(() => String, { nullable: true, description: 'The network address that it came from.' })
  @Property({ type: 'text', nullable: true })
  address: string | null = null;
}

/** A refresh token of a session, of which only the hash is kept. Each is used once and replaced by another. */
@Entity({ schema: '*', tableName: 'refresh_tokens' })
@Index({ name: 'refresh_tokens_session_index', properties: ['session'] })
export class RefreshToken {
  /** SHA-256 of the token, in base64url: the token is random and long, so a slow hash would add nothing. */
  @PrimaryKey({ type: 'text' })
  hash!: string;

  @ManyToOne({ entity: () => Session, ref: true, deleteRule: 'cascade', updateRule: 'restrict', index: false })
  session!: Ref<Session>;

  /** When it was replaced; whoever uses it after that has stolen it, or was stolen from. */
  @Property({ columnType: 'timestamptz(3)', nullable: true })
  replacedAt: Date | null = null;
}
