import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { mutate, payloadType } from '../graphql/mutation.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { Country } from './country.entity.js';
import { CreateCountryInput, UpdateCountryInput } from './country.inputs.js';
import { countryByCode } from './country.loaders.js';
import { createCountry, updateCountry } from './country.service.js';

const CreateCountryPayload = payloadType('CreateCountry', { country: Country });
const UpdateCountryPayload = payloadType('UpdateCountry', { country: Country });

@Resolver()
export class CountryMutationsResolver {
  @Requires(Permission.COUNTRIES_WRITE)
  @Mutation(() => CreateCountryPayload, { description: 'Adds a country, for all shops.' })
  createCountry(
    @Arg('input', () => CreateCountryInput, { description: 'The country.' }) input: CreateCountryInput,
    @Ctx() context: RequestContext,
  ) {
    return mutate(context, 'country', countryByCode, transaction => createCountry(transaction, input));
  }

  @Requires(Permission.COUNTRIES_WRITE)
  @Mutation(() => UpdateCountryPayload, { description: 'Renames a country, for all shops. Its codes never change.' })
  updateCountry(
    @Arg('input', () => UpdateCountryInput, { description: 'Which country, and its name.' }) input: UpdateCountryInput,
    @Ctx() context: RequestContext,
  ) {
    return mutate(context, 'country', countryByCode, transaction => updateCountry(transaction, input));
  }
}
