import { Planned, type Planner } from '../plans/planned.js';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Extensions,
  Field,
  FieldResolver,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import type { RequestContext } from '../context.js';
import { Customer } from '../customers/customer.entity.js';
import { SortDirection } from '../database/list.js';
import type { Reader } from '../database/reader.js';
import { checkSize, maxPageSize } from '../graphql/paging.js';
import {
  countsByBillingZip,
  countsByShippingZip,
  inStorePurchasesByHour,
  topInStoreCustomers,
} from './order-statistics.js';
import { topCustomers, zipCodeCounts } from './order-statistics.plan.js';
import { Figure } from './order-figure.entity.js';
import { isTimeZone } from '../time-zone.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';

enum HourSort {
  HOUR = 'HOUR',
  COUNT = 'COUNT',
}

registerEnumType(HourSort, {
  name: 'HourSort',
  description: 'What hours can be sorted by.',
  valuesConfig: {
    HOUR: { description: 'The hour of the day.' },
    COUNT: { description: 'The number of purchases; equal ones by hour.' },
  },
});

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'How many orders belong to a zip code.' })
class ZipCodeCount {
  @Field(() => String, { description: 'The zip code.' })
  zipCode!: string;

  @Field(() => Int, { description: 'How many orders.' })
  count!: number;
}

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'How many purchases were made in an hour of the day.' })
class HourCount {
  @Field(() => Int, { description: 'The hour, 0 to 23.' })
  hour!: number;

  @Field(() => Int, { description: 'How many purchases.' })
  count!: number;
}

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'A customer and how often they bought in stores.' })
class InStoreCustomer {
  @Field(() => Customer, { description: 'The customer.' })
  customer!: Customer;

  @Field(() => Int, { description: 'How many in-store purchases.' })
  orderCount!: number;
}

@ArgsType()
class HoursArgs {
  @Field(() => SortDirection, { description: 'The direction to sort in.' })
  direction: SortDirection = SortDirection.ASC;

  @Field(() => String, {
    description: 'The time zone of the hours, by its IANA name, such as `Europe/London`.',
  })
  timeZone: string = 'UTC';

  @Field(() => HourSort, { description: 'What to sort by.' })
  sort: HourSort = HourSort.HOUR;
}

/** Figures over all orders, whatever their status. */
@Requires(Permission.STATISTICS_READ)
@ObjectType({ simpleResolvers: true, description: 'Figures over all orders, whatever their status.' })
class OrderStatistics {}

/** A figure adds up what is kept of all orders, which takes some milliseconds, so a query may ask for a few hundred. */
const figureCost = 1000;

const firstDescription = `How many to give at the most, 1 to ${maxPageSize}.`;
const countDirection = 'The direction to sort by count in. Equal counts are ordered by zip code.';

const hoursInPlan: Planner<HoursArgs> = (_place, args) =>
  // Of a zone that is none, the resolver tells.
  isTimeZone(args.timeZone) ? { kind: 'found', find: reader => purchasesByHour(reader, args) } : undefined;

function purchasesByHour(reader: Reader, { timeZone, sort, direction }: HoursArgs) {
  return inStorePurchasesByHour(reader, timeZone, sort === HourSort.HOUR ? 'hour' : 'count', direction);
}

@Resolver(() => OrderStatistics)
export class OrderStatisticsResolver {
  @Requires(Permission.STATISTICS_READ)
  @Planned(() => ({ kind: 'parts' }))
  @Query(() => OrderStatistics, { description: 'Figures over all orders, whatever their status.' })
  orderStatistics() {
    return {};
  }

  @Extensions({ cost: figureCost })
  @Planned(zipCodeCounts(Figure.BILLING_ZIP))
  @FieldResolver(() => [ZipCodeCount], { description: 'Orders per zip code of the billing address.' })
  countsByBillingZip(
    @Arg('first', () => Int, { defaultValue: 10, description: firstDescription }) first: number,
    @Arg('direction', () => SortDirection, { defaultValue: SortDirection.DESC, description: countDirection })
    direction: SortDirection,
    @Ctx() { reader }: RequestContext,
  ) {
    return countsByBillingZip(reader, checkSize('first', first), direction);
  }

  @Extensions({ cost: figureCost })
  @Planned(zipCodeCounts(Figure.SHIPPING_ZIP))
  @FieldResolver(() => [ZipCodeCount], {
    description:
      'Orders per zip code of the shipping addresses. An order sent to two addresses of one zip code counts once there.',
  })
  countsByShippingZip(
    @Arg('first', () => Int, { defaultValue: 10, description: firstDescription }) first: number,
    @Arg('direction', () => SortDirection, { defaultValue: SortDirection.DESC, description: countDirection })
    direction: SortDirection,
    @Ctx() { reader }: RequestContext,
  ) {
    return countsByShippingZip(reader, checkSize('first', first), direction);
  }

  @Extensions({ cost: figureCost })
  @Planned(hoursInPlan)
  @FieldResolver(() => [HourCount], {
    description: 'In-store purchases per hour of the day. Hours without any are left out.',
  })
  inStorePurchasesByHour(@Args(() => HoursArgs) args: HoursArgs, @Ctx() { reader }: RequestContext) {
    return purchasesByHour(reader, args);
  }

  @Extensions({ cost: figureCost })
  @Planned(topCustomers)
  @FieldResolver(() => [InStoreCustomer], {
    description: 'The customers with the most in-store purchases; of equal ones, those known longer first.',
  })
  topInStoreCustomers(
    @Arg('first', () => Int, { defaultValue: 10, description: firstDescription }) first: number,
    @Ctx() { reader }: RequestContext,
  ) {
    return topInStoreCustomers(reader, checkSize('first', first));
  }
}
