import { Planned } from '../plans/planned.js';
import { byKey, page } from '../plans/planners.js';
import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { readPage, SortDirection } from '../database/list.js';
import { invalidCountryCode } from '../errors.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { Country } from './country.entity.js';
import { countryList } from './country.list.js';
import { countryByCode } from './country.loaders.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

const CountryConnection = connectionType(Country, 'Country');

function toCode({ iso2Code }: { iso2Code: string }): string {
  if (!/^[A-Za-z]{2}$/.test(iso2Code)) {
    throw invalidCountryCode(iso2Code);
  }
  return iso2Code.toUpperCase();
}

function toCountriesRequest(args: PageArgs) {
  return { page: toPageRequest(args), sort: 'NAME', direction: SortDirection.ASC, filter: undefined } as const;
}

@Resolver(() => Country)
export class CountryResolver {
  @Requires(Permission.COUNTRIES_READ)
  @Planned(byKey(countryByCode, toCode))
  @Query(() => Country, {
    nullable: true,
    description: 'A country by its ISO 3166-1 alpha-2 code; null when there is none.',
  })
  country(
    @Arg('iso2Code', () => String, { description: 'Two letters, such as `GB`, in either case.' }) iso2Code: string,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(countryByCode, toCode({ iso2Code }));
  }

  @Requires(Permission.COUNTRIES_READ)
  @Planned(page(countryList, toCountriesRequest))
  @Query(() => CountryConnection, { description: 'All countries of ISO 3166-1, by name.' })
  countries(@Args(() => PageArgs) page: PageArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, countryList, toCountriesRequest(page));
  }
}
