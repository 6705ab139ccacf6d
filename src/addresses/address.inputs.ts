import { Field, InputType } from 'type-graphql';
import type { AddressValues } from './address.service.js';

/** A postal address that somebody gives. */
@InputType({ description: 'A postal address.' })
export class AddressInput implements AddressValues {
  @Field(() => String, { description: 'Street and number, or what stands for them.' })
  line1!: string;

  @Field(() => String, { nullable: true, description: 'A second line, such as a flat.' })
  line2?: string | null;

  @Field(() => String, { description: 'City or place.' })
  city!: string;

  @Field(() => String, { nullable: true, description: 'State, province or region, where the country has them.' })
  state?: string | null;

  @Field(() => String, { description: 'Zip or postal code.' })
  zipCode!: string;

  @Field(() => String, { description: 'The country’s code by ISO 3166-1 alpha-2, such as `GB`.' })
  countryCode!: string;
}
