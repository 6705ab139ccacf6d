import { Field, InputType } from 'type-graphql';
import type { CountryValues } from './country.service.js';

/** A country that the list of ISO 3166-1 lacks. */
@InputType({ description: 'A country that the list lacks.' })
export class CreateCountryInput implements CountryValues {
  @Field(() => String, { description: 'Two letters in either case, such as `XK`; they can never be changed.' })
  iso2Code!: string;

  @Field(() => String, { description: 'Three letters in either case, such as `XKX`; they can never be changed.' })
  iso3Code!: string;

  @Field(() => String, { description: 'Three digits with leading zeros, such as `983`; they can never be changed.' })
  numericCode!: string;

  @Field(() => String, { description: 'The English short name.' })
  name!: string;
}

/** A country’s new name. */
@InputType({ description: 'A country’s new name.' })
export class UpdateCountryInput {
  @Field(() => String, { description: 'Which country, by its two letters in either case.' })
  iso2Code!: string;

  @Field(() => String, { description: 'The English short name from now on.' })
  name!: string;
}
