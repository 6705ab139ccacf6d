import currencies from 'currency-codes';

const decimals = new Map(currencies.data.map(({ code, digits }) => [code, digits]));

/** Decimals of most currencies, and of a code that is not known. */
export const defaultDecimals = 2;

/** The codes of the currencies that have another number of decimals than most, by this number. */
export const currenciesByDecimals: ReadonlyMap<number, readonly string[]> = Map.groupBy(
  [...decimals.keys()].filter(code => decimals.get(code) !== defaultDecimals),
  code => decimals.get(code)!,
);

/**
 * How many decimals a currency has by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD, and 2 for a code that is not known. Not by
 * `Intl`, whose numbers say how prices are shown: it gives HUF and IQD none.
 */
export function decimalsOf(currencyCode: string): number {
  return decimals.get(currencyCode) ?? defaultDecimals;
}

/** Whether ISO 4217 has a currency of this code. */
export function isCurrency(currencyCode: string): boolean {
  return decimals.has(currencyCode);
}
