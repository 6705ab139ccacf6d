import type { Ref } from '@mikro-orm/core';
import { Check, Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType } from 'type-graphql';
import { Country } from '../countries/country.entity.js';
import { newId } from '../database/new-id.js';
import { Node } from '../graphql/node.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/** A postal address. Customers share addresses, and orders keep pointing to the address that they were placed with. */
@Requires(INHERITED)
@ObjectType({ implements: Node, simpleResolvers: true, description: 'A postal address.' })
@Entity({ schema: '*', tableName: 'addresses' })
@Check({ name: 'addresses_line1_check', expression: `btrim(line1) <> ''` })
@Check({ name: 'addresses_city_check', expression: `btrim(city) <> ''` })
@Check({ name: 'addresses_zip_code_check', expression: `btrim(zip_code) <> ''` })
@Check({ name: 'addresses_country_code_check', expression: `country_code ~ '^[A-Z]{2}$'` })
export class Address {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Requires(Permission.PERSONAL_DATA_READ)
  @Field(() => String, { description: 'Street and number, or what stands for them.' })
  @Property({ type: 'text' })
  line1!: string;

  @Requires(Permission.PERSONAL_DATA_READ)
  @Field(() => String, { description: 'A second line, such as a flat or a deck. May be empty.' })
  @Property({ type: 'text', default: '' })
  line2: string = '';

  @Field(() => String, { description: 'City or place.' })
  @Property({ type: 'text' })
  city!: string;

  @Field(() => String, { description: 'State, province or region. Empty where the country has none.' })
  @Property({ type: 'text', default: '' })
  state: string = '';

  @Field(() => String, { description: 'Zip or postal code.' })
  @Property({ type: 'text' })
  zipCode!: string;

  /**
   * No foreign key leaves a tenant's schema: each would add triggers to the one shared table for every tenant, which
   * every connection would load, and dropping a tenant would lock that table for all. Countries are never deleted and
   * their codes never change, so a code that was known once stays known.
   */
  @ManyToOne({
    entity: () => Country,
    ref: true,
    fieldName: 'country_code',
    createForeignKeyConstraint: false,
    index: false,
  })
  country!: Ref<Country>;
}
