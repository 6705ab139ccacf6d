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

@Resolver(() => Country)
export class CountryResolver {
  @Requires(Permission.COUNTRIES_READ)
  @Query(() => Country, {
    nullable: true,
    description: 'A country by its ISO 3166-1 alpha-2 code; null when there is none.',
  })
  country(
    @Arg('iso2Code', () => String, { description: 'Two letters, such as `GB`, in either case.' }) iso2Code: string,
    @Ctx() { loaders }: RequestContext,
  ) {
    if (!/^[A-Za-z]{2}$/.test(iso2Code)) {
      throw invalidCountryCode(iso2Code);
    }
    return loaders.load(countryByCode, iso2Code.toUpperCase());
  }

  @Requires(Permission.COUNTRIES_READ)
  @Query(() => CountryConnection, { description: 'All countries of ISO 3166-1, by name.' })
  countries(@Args(() => PageArgs) page: PageArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, countryList, {
      page: toPageRequest(page),
      sort: 'NAME',
      direction: SortDirection.ASC,
      filter: undefined,
    });
  }
}
