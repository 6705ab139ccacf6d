import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { snapshotOf } from '../history/snapshot.js';
import { lockForChange } from '../lock-for-change.js';
import { Problems, ProblemCode } from '../problems.js';
import { checkCurrency, checkText, isPrice, maxLongText, withoutNulls, withoutUndefined } from '../input-checks.js';
import { Product, ProductState } from './product.entity.js';
import { quote } from '../errors.js';

/** Values of a product as somebody gives them; what is undefined stays as it is. */
export interface ProductValues {
  sku?: string | null;
  name?: string | null;
  description?: string | null;
  price?: string | null;
  currencyCode?: string | null;
  taxRate?: string | null;
}

/**
 * Makes a product, and gives its key.
 * @throws RefusedInput with all that is wrong with the values
 */
export async function createProduct(transaction: Transaction, values: ProductValues): Promise<string> {
  const { em } = transaction;
  const checked = await checkValues(transaction, { description: '', taxRate: '0', ...withoutNulls(values) });
  const product = em.create(Product, checked as Required<typeof checked>, { partial: true });
  em.persist(product);
  recordChange(transaction, HistorySubject.PRODUCT, product, HistoryAction.CREATED, null);
  return product.id;
}

/**
 * Changes a product. Orders that were placed keep the name, price and tax rate of their own time.
 * @throws RefusedInput with all that is wrong with the values, UNKNOWN_PRODUCT or VERSION_CONFLICT
 */
export async function updateProduct(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  values: ProductValues,
): Promise<string> {
  const product = await lockProduct(transaction, key, expectedVersion);
  const before = snapshotOf(transaction, product);
  Object.assign(product, await checkValues(transaction, values, key));
  recordChange(transaction, HistorySubject.PRODUCT, product, HistoryAction.UPDATED, before);
  return key;
}

/**
 * Takes a product out of what can be ordered. One that is retired stays so.
 * @throws RefusedInput UNKNOWN_PRODUCT or VERSION_CONFLICT
 */
export async function retireProduct(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
): Promise<string> {
  const product = await lockProduct(transaction, key, expectedVersion);
  const before = snapshotOf(transaction, product);
  product.state = ProductState.RETIRED;
  recordChange(transaction, HistorySubject.PRODUCT, product, HistoryAction.RETIRED, before);
  return key;
}

function lockProduct(transaction: Transaction, key: string, expectedVersion: number | undefined): Promise<Product> {
  return lockForChange(transaction, Product, key, expectedVersion, ProblemCode.UNKNOWN_PRODUCT);
}

/** The values as they are stored, without those that were not given. */
async function checkValues({ reader }: Transaction, values: ProductValues, key?: string) {
  const problems = new Problems();
  const checked = {
    sku: checkText(problems, 'sku', values.sku),
    name: checkText(problems, 'name', values.name),
    description: checkText(problems, 'description', values.description, { max: maxLongText, required: false }),
    price: checkPrice(problems, values.price),
    currencyCode: checkCurrency(problems, 'currencyCode', values.currencyCode),
    taxRate: checkTaxRate(problems, values.taxRate),
  };
  const products = reader.table(Product);
  const [owner] = checked.sku
    ? await reader.run<{ id: string }>(`select id from ${products.name} where ${products.column('sku')} = $1::text`, [
        checked.sku,
      ])
    : [];
  if (owner && owner.id !== key) {
    problems.add(ProblemCode.SKU_TAKEN, 'sku', `Another product has the SKU ${quote(checked.sku)}.`);
  }
  problems.throwIfAny();
  return withoutUndefined(checked);
}

function checkPrice(problems: Problems, price: string | null | undefined): string | undefined {
  if (price !== undefined && !isPrice(price ?? '')) {
    const message = `${quote(price)} is not a price; give 0 or more, with at most 12 digits and 4 decimals, such as "24.50".`;
    problems.add(ProblemCode.INVALID_PRICE, 'price', message);
  }
  return price ?? undefined;
}

function checkTaxRate(problems: Problems, rate: string | null | undefined): string | undefined {
  if (rate !== undefined && (!/^\d{1,3}(\.\d{1,4})?$/.test(rate ?? '') || Number(rate) > 100)) {
    const message = `${quote(rate)} is not a tax rate; give 0 to 100 with at most 4 decimals, such as "20" for 20 %.`;
    problems.add(ProblemCode.INVALID_TAX_RATE, 'taxRate', message);
  }
  return rate ?? undefined;
}
