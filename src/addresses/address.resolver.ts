import { one } from '../plans/planners.js';
import { Planned } from '../plans/planned.js';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { Country } from '../countries/country.entity.js';
import { countryByCode } from '../countries/country.loaders.js';
import type { Row } from '../database/row.js';
import { Address } from './address.entity.js';

@Resolver(() => Address)
export class AddressResolver {
  @Planned(one(countryByCode, 'country'))
  @FieldResolver(() => Country, { description: 'The country that it lies in.' })
  country(@Root() address: Row<Address>, @Ctx() { loaders }: RequestContext) {
    return loaders.load(countryByCode, address.country);
  }
}
