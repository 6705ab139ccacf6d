import type { Opt } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { newId } from '../database/new-id.js';
import { tableOfIndex } from '../database/schemas.js';
import { emailCheck, emailKey } from '../email.js';
import { Node } from '../graphql/node.js';
import { Requires } from '../graphql/requires.js';
import { Permission, Role } from '../permissions.js';

/** Whether somebody can sign in. */
export enum UserState {
  INVITED = 'INVITED',
  ACTIVE = 'ACTIVE',
  DEACTIVATED = 'DEACTIVATED',
}

registerEnumType(UserState, {
  name: 'UserState',
  description: 'Whether somebody can sign in.',
  valuesConfig: {
    INVITED: { description: 'A mail with a token was sent, and no password was chosen yet.' },
    ACTIVE: { description: 'Can sign in.' },
    DEACTIVATED: { description: 'Cannot sign in any more.' },
  },
});

registerEnumType(Role, {
  name: 'Role',
  description: 'What somebody is to a shop, or to the platform; docs/permissions.md says what each may do.',
  valuesConfig: {
    OWNER: { description: 'Whose shop it is; may do everything in it.' },
    MANAGER: { description: 'Runs the shop; may do everything in it, except to owners and managers.' },
    CLERK: { description: 'Serves customers and works on orders, stock and tasks.' },
    ANALYST: { description: 'Sees figures, and orders without personal values.' },
    OPERATOR: { description: 'Runs the platform: makes and removes shops, and sees nothing inside them.' },
  },
});

/**
 * Somebody who works for a shop; in the schema `platform`, for the platform. Users are deactivated, never deleted, since
 * what they did keeps their name.
 */
@Requires(Permission.USERS_READ)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'Somebody who works for the shop.' })
@Entity({ schema: '*', tableName: 'users' })
@Index({
  name: 'users_email_unique',
  expression: (columns, table, name) =>
    `create unique index "${name}" on ${tableOfIndex(table)} (${emailKey(columns.email)})`,
})
@Index({ name: 'users_name_index', properties: ['name', 'id'] })
@Index({ name: 'users_state_index', properties: ['state', 'name', 'id'] })
@Index({ name: 'users_role_index', properties: ['role', 'name', 'id'] })
@Check({ name: 'users_email_check', expression: emailCheck('email') })
@Check({ name: 'users_name_check', expression: `btrim(name) <> ''` })
@Check({ name: 'users_password_check', expression: `state <> 'ACTIVE' or password_hash is not null` })
export class User {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Field(() => String, { description: 'Email address, by which they sign in; unique in the shop regardless of case.' })
  @Property({ type: 'text' })
  email!: string;

  @Field(() => String, { description: 'Name, as colleagues and the history show it.' })
  @Property({ type: 'text' })
  name!: string;

  /** Argon2id in the PHC string format; null until somebody who was invited has chosen a password. */
  @Property({ type: 'text', nullable: true })
  passwordHash: string | null = null;

  @Field(() => Role, { description: 'What they may do.' })
  @Enum({ items: () => Role })
  role!: Role;

  @Field(() => String, {
    description: 'Time zone by its IANA name, such as `Europe/London`, for clients to show times in.',
  })
  @Property({ type: 'text', default: 'UTC' })
  timeZone: string = 'UTC';

  @Field(() => String, { description: 'Language as a BCP 47 tag, such as `en` or `da`, for clients and mails.' })
  @Property({ type: 'text', default: 'en' })
  language: string = 'en';

  @Field(() => UserState, { description: 'Whether they can sign in.' })
  @Enum({ items: () => UserState, default: UserState.INVITED })
  state: UserState = UserState.INVITED;

  @Field(() => GraphQLDateTime, { description: 'When they were added.' })
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  createdAt!: Opt<Date>;

  @Field(() => Int, {
    description: 'Grows with each change; give it as `expectedVersion` to change only what you saw.',
  })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;
}
