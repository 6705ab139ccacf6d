import type { Reader } from '../database/reader.js';
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

/** A product as somebody names it in a field of the input; null for the input as a whole. */
type ReferenceInField = ProductReference & { field: string | null };

/** Products by the names that references can have. */
export interface NamedProducts {
  byKey: Map<string, Row<Product>>;
  bySku: Map<string, Row<Product>>;
}

/**
 * The products that references name, in their order; undefined for one that names none, which is reported with the
 * reference's field.
 */
export async function findProducts(
  { reader }: Transaction,
  problems: Problems,
  references: readonly ReferenceInField[],
): Promise<(Row<Product> | undefined)[]> {
  return chooseProducts(problems, references, await readProducts(reader, references));
}

/** All products that references name. */
export async function readProducts(reader: Reader, references: readonly ProductReference[]): Promise<NamedProducts> {
  const products = reader.table(Product);
  const rows = await reader.run<Row<Product>>(
    `select ${products.columns('p')} from ${products.name} p
     where p.${products.column('id')} = any($1::uuid[]) or p.${products.column('sku')} = any($2::text[])`,
    [references.map(({ product }) => product ?? null), references.map(({ sku }) => sku ?? null)],
  );
  return { byKey: new Map(rows.map(row => [row.id, row])), bySku: new Map(rows.map(row => [row.sku, row])) };
}

/** As `findProducts`, among products that were read already. */
export function chooseProducts(
  problems: Problems,
  references: readonly ReferenceInField[],
  { byKey, bySku }: NamedProducts,
): (Row<Product> | undefined)[] {
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
