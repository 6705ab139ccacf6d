import { Collection, PrimaryKeyProp, type Ref } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, ManyToOne, OneToMany, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Address } from '../addresses/address.entity.js';
import { newId } from '../database/new-id.js';
import { emailCheck, emailKey } from '../email.js';
import { Node } from '../graphql/node.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** What a customer uses an address for. */
export enum AddressKind {
  BILLING = 'BILLING',
  SHIPPING = 'SHIPPING',
}

registerEnumType(AddressKind, {
  name: 'AddressKind',
  description: 'What a customer uses an address for.',
  valuesConfig: {
    BILLING: { description: 'Invoices go there.' },
    SHIPPING: { description: 'Goods go there.' },
  },
});

/** What of a telephone number makes it unique, as SQL: its digits. The index and the lookup share it. */
export const telephoneKey = (column: string): string => `regexp_replace(${column}, '[^0-9]', '', 'g')`;

/** A person who buys. At least one of email and telephone is known, and each belongs to one customer only. */
@Requires(Permission.CUSTOMERS_READ)
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A person who buys, known by email, telephone or both.',
})
@Entity({ schema: '*', tableName: 'customers' })
@Index({ name: 'customers_name_index', properties: ['lastName', 'firstName', 'id'] })
@Index({ name: 'customers_merged_into_index', properties: ['mergedInto'] })
@Index({
  name: 'customers_email_unique',
  expression: (columns, table, name) => `create unique index "${name}" on "${table.name}" (${emailKey(columns.email)})`,
})
@Index({
  name: 'customers_telephone_unique',
  expression: (columns, table, name) =>
    `create unique index "${name}" on "${table.name}" (${telephoneKey(columns.telephone)})`,
})
@Check({
  name: 'customers_contact_check',
  expression: `email is not null or telephone is not null or merged_into_id is not null or erased_at is not null`,
})
@Check({ name: 'customers_email_check', expression: emailCheck('email') })
@Check({
  name: 'customers_telephone_check',
  expression: `length(${telephoneKey('telephone')}) between 3 and 20`,
})
@Check({ name: 'customers_name_check', expression: `btrim(first_name || last_name) <> '' or erased_at is not null` })
export class Customer {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Requires(Permission.PERSONAL_DATA_READ)
  @Field(() => String, { nullable: true, description: 'Email address as it was given; unique regardless of case.' })
  @Property({ type: 'text', nullable: true })
  email: string | null = null;

  @Requires(Permission.PERSONAL_DATA_READ)
  @Field(() => String, {
    nullable: true,
    description: 'Telephone number as it was given; unique regardless of punctuation.',
  })
  @Property({ type: 'text', nullable: true })
  telephone: string | null = null;

  @Requires(Permission.PERSONAL_DATA_READ)
  @Field(() => String, { description: 'Given name. May be empty, as Trillian shows.' })
  @Property({ type: 'text' })
  firstName!: string;

  @Requires(Permission.PERSONAL_DATA_READ)
  @Field(() => String, { description: 'Family name. May be empty when there is a given name.' })
  @Property({ type: 'text' })
  lastName!: string;

  /** The customer whose duplicate this is: never one that is a duplicate itself, so that one step is always enough. */
  @ManyToOne({
    entity: () => Customer,
    ref: true,
    nullable: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  mergedInto: Ref<Customer> | null = null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the personal values were erased, if they were.' })
  @Property({ columnType: 'timestamptz(3)', nullable: true })
  erasedAt: Date | null = null;

  @Field(() => Int, {
    description: 'Grows with each change; give it as `expectedVersion` to change only what you saw.',
  })
  @Property({ type: 'integer', default: 1 })
  version: number = 1;

  @OneToMany({ entity: () => CustomerAddress, mappedBy: 'customer' })
  addressLinks = new Collection<CustomerAddress>(this);
}

/** That a customer uses an address, and for what. One address can serve several customers and both kinds. */
@Entity({ schema: '*', tableName: 'customer_addresses' })
@Index({ name: 'customer_addresses_address_index', properties: ['address'] })
export class CustomerAddress {
  [PrimaryKeyProp]?: ['customer', 'kind', 'address'];

  @ManyToOne({
    entity: () => Customer,
    ref: true,
    primary: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  customer!: Ref<Customer>;

  @Enum({ items: () => AddressKind, primary: true })
  kind!: AddressKind;

  @ManyToOne({
    entity: () => Address,
    ref: true,
    primary: true,
    deleteRule: 'restrict',
    updateRule: 'restrict',
    index: false,
  })
  address!: Ref<Address>;
}
