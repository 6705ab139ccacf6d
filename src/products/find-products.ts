import type { Row } from '../database/row.js';
import type { Transaction } from '../database/transactions.js';
import { type Problems, ProblemCode } from '../problems.js';
import { Product } from './product.entity.js';
import { quote } from '../errors.js';

/** A product as somebody names it: by its key or by its SKU. */
export interface ProductReference {
  product?: string | undefined;
  sku?: string | undefined;
}

/**
 * The products that references name, in their order; undefined for one that names none, which is reported with the
 * reference's field.
 */
export async function findProducts(
  { reader }: Transaction,
  problems: Problems,
  references: readonly (ProductReference & { field: string | null })[],
): Promise<(Row<Product> | undefined)[]> {
  const products = reader.table(Product);
  const rows = await reader.run<Row<Product>>(
    `select ${products.columns('p')} from ${products.name} p
     where p.${products.column('id')} = any($1::uuid[]) or p.${products.column('sku')} = any($2::text[])`,
    [references.map(({ product }) => product ?? null), references.map(({ sku }) => sku ?? null)],
  );
  const byKey = new Map(rows.map(row => [row.id, row]));
  const bySku = new Map(rows.map(row => [row.sku, row]));
  return references.map(({ product, sku, field }) => {
    const place = (name: string) => (field === null ? name : `${field}.${name}`);
    if ((product === undefined) === (sku === undefined)) {
      problems.add(ProblemCode.EXACTLY_ONE_REQUIRED, field, 'Give either productId or sku.');
      return undefined;
    }
    const found = product === undefined ? bySku.get(sku!) : byKey.get(product);
    if (!found) {
      const [name, what] = product === undefined ? ['sku', `the SKU ${quote(sku)}`] : ['productId', 'this id'];
      problems.add(ProblemCode.UNKNOWN_PRODUCT, place(name), `There is no product of ${what}.`);
    }
    return found;
  });
}
