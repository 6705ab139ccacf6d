import type { Ref } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { User } from './user.entity.js';

/** What a token that was sent by mail is good for. */
export enum AccountTokenPurpose {
  ACTIVATE = 'ACTIVATE',
  RESET_PASSWORD = 'RESET_PASSWORD',
}

/** A token that was sent by mail, of which only the hash is kept. It is used once. */
@Entity({ schema: '*', tableName: 'account_tokens' })
@Index({ name: 'account_tokens_user_index', properties: ['user'] })
export class AccountToken {
  /** SHA-256 of the token, in base64url. */
  @PrimaryKey({ type: 'text' })
  hash!: string;

  @ManyToOne({ entity: () => User, ref: true, deleteRule: 'cascade', updateRule: 'restrict', index: false })
  user!: Ref<User>;

  @Enum({ items: () => AccountTokenPurpose })
  purpose!: AccountTokenPurpose;

  @Property({ columnType: 'timestamptz(3)' })
  expiresAt!: Date;
}
