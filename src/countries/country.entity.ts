import { PrimaryKeyProp } from '@mikro-orm/core';
import { Check, Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType } from 'type-graphql';
import { Node } from '../graphql/node.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

/**
 * A country of ISO 3166-1. Countries stand once, in the schema `platform`, and every tenant reads the same rows. Its key
 * is the alpha-2 code, which never changes; its English name may.
 */
@Requires(Permission.COUNTRIES_READ)
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A country of ISO 3166-1, by its codes and its English name.',
})
@Entity({ schema: 'platform', tableName: 'countries' })
@Index({ name: 'countries_name_index', properties: ['name', 'iso2Code'] })
@Check({ name: 'countries_iso2_code_check', expression: `iso2_code ~ '^[A-Z]{2}$'` })
@Check({ name: 'countries_iso3_code_check', expression: `iso3_code ~ '^[A-Z]{3}$'` })
@Check({ name: 'countries_numeric_code_check', expression: `numeric_code ~ '^[0-9]{3}$'` })
@Check({ name: 'countries_name_check', expression: `btrim(name) <> ''` })
export class Country {
  [PrimaryKeyProp]?: 'iso2Code';

  @Field(() => String, { description: 'The ISO 3166-1 alpha-2 code, such as `GB`.' })
  @PrimaryKey({ type: 'text', fieldName: 'iso2_code' })
  iso2Code!: string;

  @Field(() => String, { description: 'The ISO 3166-1 alpha-3 code, such as `GBR`.' })
  @Unique({ name: 'countries_iso3_code_unique' })
  @Property({ type: 'text', fieldName: 'iso3_code' })
  iso3Code!: string;

  @Field(() => String, { description: 'The ISO 3166-1 numeric code with its leading zeros, such as `826`.' })
  @Unique({ name: 'countries_numeric_code_unique' })
  @Property({ type: 'text' })
  numericCode!: string;

  @Field(() => String, { description: 'The English short name.' })
  @Property({ type: 'text' })
  name!: string;
}
