import { Field, ObjectType } from 'type-graphql';
import { currenciesByDecimals, decimalsOf, defaultDecimals } from '../currencies.js';
import { Decimal } from './scalars.js';
import { INHERITED, Requires } from './requires.js';

/** An amount of money: an exact decimal and the currency that it is in. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'An amount of money.' })
export class Money {
  @Field(() => Decimal, {
    description: 'The amount in units of the currency, with at least as many decimals as it has.',
  })
  amount!: string;

  @Field(() => String, { description: 'The currency’s ISO 4217 code, such as `USD`.' })
  currencyCode!: string;
}

/** Money of an amount as PostgreSQL gives it, with the decimals of its currency filled up. */
export function money(amount: string, currencyCode: string): Money {
  const dot = amount.indexOf('.');
  const missing = decimalsOf(currencyCode) - (dot < 0 ? 0 : amount.length - dot - 1);
  return { amount: missing > 0 ? `${amount}${dot < 0 ? '.' : ''}${'0'.repeat(missing)}` : amount, currencyCode };
}

/** The currencies in SQL, made once: it stands behind every price of every statement. */
const currencyCases = Array.from(
  currenciesByDecimals,
  ([decimals, codes]) => `in (${codes.map(code => `'${code}'`).join(', ')}) then ${decimals}`,
);

/** The amount of {@link money} as SQL, of an amount and a currency's code as SQL. */
export function moneySql(amount: string, currencyCode: string): string {
  const cases = currencyCases.map(rest => `when ${currencyCode} ${rest}`).join(' ');
  return withDecimals(amount, `case ${cases} else ${defaultDecimals} end`);
}

/** An amount in text with at least so many decimals. */
export function withDecimals(amount: string, decimals: string): string {
  return `round(${amount}, greatest(scale(${amount}), ${decimals}))::text`;
}
