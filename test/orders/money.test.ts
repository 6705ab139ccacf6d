import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimalsOf } from '../../src/currencies.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { cottage, place } from './order-fixtures.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** A decimal as a whole number of ten-thousandths, which is exact for all that prices and tax rates can be. */
const scale = 10_000n;
const toUnits = (text: string) => {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole!) * scale + BigInt(fraction.padEnd(4, '0'));
};
const fromUnits = (units: bigint) => `${units / scale}.${String(units % scale).padStart(4, '0')}`;

/** A fraction rounded half up to a number of decimals, in ten-thousandths: the rule, in other words than the code's. */
function roundHalfUp(numerator: bigint, denominator: bigint, decimals: number): bigint {
  const step = 10n ** BigInt(4 - decimals);
  return ((2n * numerator + denominator * step) / (2n * denominator * step)) * step;
}

const currencies = ['JPY', 'USD', 'KWD', 'CLF'];
const decimal = (max: bigint) =>
  fc.tuple(fc.bigInt(0n, max * scale), fc.integer({ min: 0, max: 4 })).map(([units, places]) => {
    const coarse = 10n ** BigInt(4 - places);
    const text = fromUnits((units / coarse) * coarse);
    return places === 0 ? text.split('.')[0]! : text.slice(0, text.length - 4 + places);
  });
const line = fc.record({
  // Most prices are of a common size; some go to the bounds.
  price: fc.oneof({ weight: 5, arbitrary: decimal(500n) }, decimal(999_999_999_998n)),
  taxRate: decimal(100n),
  quantity: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) }, fc.integer({ min: 1, max: 1_000_000 })),
});
const orders = fc.record({
  currencyCode: fc.constantFrom(...currencies),
  lines: fc.array(line, { minLength: 1, maxLength: 5 }),
});

let skus = 0;

/** Makes products of these prices and tax rates with stock, and orders them. */
async function order(currencyCode: string, lines: { price: string; taxRate: string; quantity: number }[]) {
  const items = [];
  for (const { price, taxRate, quantity } of lines) {
    const sku = `MONEY-${(skus += 1)}`;
    const { userErrors } = await app.change('createProduct', { sku, name: sku, price, taxRate, currencyCode });
    expect(userErrors).toEqual([]);
    await app.change('adjustStock', { sku, to: quantity });
    items.push({ sku, quantity });
  }
  const amounts = 'subtotal { amount currencyCode } tax { amount currencyCode }';
  return place(
    app,
    { currencyCode, items, billingAddress: { addressId: cottage } },
    `${amounts} total { amount currencyCode } items { unitPrice { amount } taxRate ${amounts} lineTotal { amount currencyCode } }`,
  );
}

describe('The amounts of an order', () => {
  test('are exact, rounded half up a line, and their parts equal the total, in currencies of 0 to 4 decimals', async () => {
    await fc.assert(
      fc.asyncProperty(orders, async ({ currencyCode, lines }) => {
        const decimals = decimalsOf(currencyCode);
        const placed = await order(currencyCode, lines);
        const sums = { subtotal: 0n, tax: 0n, total: 0n };
        for (const [index, { price, taxRate, quantity }] of lines.entries()) {
          const subtotal = roundHalfUp(toUnits(price) * BigInt(quantity), 1n, decimals);
          const tax = roundHalfUp(subtotal * toUnits(taxRate), 100n * scale, decimals);
          const item = placed.items[index];
          expect(toUnits(item.unitPrice.amount)).toBe(toUnits(price));
          expect(toUnits(item.taxRate)).toBe(toUnits(taxRate));
          expect(toUnits(item.subtotal.amount)).toBe(subtotal);
          expect(toUnits(item.tax.amount)).toBe(tax);
          expect(toUnits(item.lineTotal.amount)).toBe(subtotal + tax);
          sums.subtotal += subtotal;
          sums.tax += tax;
          sums.total += subtotal + tax;
        }
        for (const [name, sum] of Object.entries(sums)) {
          const { amount, currencyCode: shown } = placed[name];
          expect(toUnits(amount)).toBe(sum);
          expect(shown).toBe(currencyCode);
          expect(amount.split('.')[1]?.length ?? 0).toBe(decimals);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test.each([
    // Half a unit goes up, and what is just below does not.
    ['USD', '0.125', 1, '0', '0.13', '0.00'],
    ['USD', '0.1249', 1, '0', '0.12', '0.00'],
    ['USD', '1.005', 3, '10', '3.02', '0.30'],
    ['USD', '0.50', 1, '1', '0.50', '0.01'],
    ['JPY', '99', 3, '10', '297', '30'],
    ['JPY', '0.5', 1, '0', '1', '0'],
    ['KWD', '1.0005', 1, '5', '1.001', '0.050'],
  ])('in %s of %s x %s with %s %% tax are %s and %s', async (currencyCode, price, quantity, taxRate, subtotal, tax) => {
    const { items } = await order(currencyCode, [{ price, quantity, taxRate }]);
    expect(items[0]).toMatchObject({ subtotal: { amount: subtotal }, tax: { amount: tax } });
  });
});

describe('A decimal', () => {
  const create = (price: unknown) =>
    app.send(
      'mutation ($input: CreateProductInput!) { createProduct(input: $input) { product { price { amount } } } }',
      {
        input: { sku: `D-${(skus += 1)}`, name: 'D', price, currencyCode: 'USD' },
      },
    );

  test.each([12.5, true, '1e3', '1,5', '', ' 1', '0x10', 'NaN', 'Infinity', '٣', '1'.repeat(31), 2 ** 60])(
    'that is %p in a variable is refused, since it is none or was rounded on its way',
    async price => {
      const { errors } = await create(price);
      expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
      expect(errors![0]!.message).toMatch(/is not a decimal in text/);
    },
  );

  test.each([
    ['"12.5"', '12.50'],
    ['12.5', '12.50'],
    ['12', '12.00'],
    ['999999999999.9999', '999999999999.9999'],
  ])('is taken from the query’s own text as it was written: %s', async (literal, amount) => {
    const { createProduct } = await app.ask(`mutation { createProduct(input:
      { sku: "D-${(skus += 1)}", name: "D", price: ${literal}, currencyCode: "USD" }) { product { price { amount } } } }`);
    expect(createProduct.product.price.amount).toBe(amount);
  });
});
