import type { Transaction } from '../database/transactions.js';
import type { ProductReference } from '../products/find-products.js';
import { Product } from '../products/product.entity.js';
import { StockLevel } from './stock-level.entity.js';

/** Pieces of a product. */
export interface Pieces {
  product: string;
  quantity: number;
}

/** A place that goods lie in: a store's key, or null for the warehouse. */
export type Place = string | null;

/** How many pieces of products can be ordered from a place, by the products' keys; none stands for what never lay there. */
export async function availableStock(
  { reader }: Transaction,
  place: Place,
  references: readonly ProductReference[],
): Promise<Map<string, number>> {
  const [levels, products] = [reader.table(StockLevel), reader.table(Product)];
  const keys = references.map(({ product }) => product ?? null);
  const skus = references.map(({ sku }) => sku ?? null);
  const rows = await reader.run<{ product: string; available: number }>(
    `select ${levels.column('product')} as product, ${levels.column('onHand')} - ${levels.column('reserved')} as available
     from ${levels.name} where ${isPlace(levels.column('store'), place, 3)} and ${levels.column('product')} in (
       select ${products.column('id')} from ${products.name}
       where ${products.column('id')} = any($1::uuid[]) or ${products.column('sku')} = any($2::text[]))`,
    place === null ? [keys, skus] : [keys, skus, place],
  );
  return new Map(rows.map(row => [row.product, row.available]));
}

/**
 * Takes pieces out of what can be ordered, or with a negative quantity puts them back, and gives the products of which it
 * could not: too few are left. Levels are locked in one order, so that orders of the same products do not wait for each
 * other in a circle; call it last, since everybody who orders them waits from here to the commit.
 */
export function reserveStock(transaction: Transaction, place: Place, pieces: readonly Pieces[]): Promise<string[]> {
  return changeLevels(transaction, place, pieces, { reserved: '+' });
}

/** Takes reserved pieces away, since the customer has them now. */
export async function takeStock(transaction: Transaction, place: Place, pieces: readonly Pieces[]): Promise<void> {
  const refused = await changeLevels(transaction, place, pieces, { reserved: '-', onHand: '-' });
  if (refused.length > 0) {
    throw new Error(`The stock levels of ${refused.join(', ')} hold less than open orders have reserved.`);
  }
}

async function changeLevels(
  { reader }: Transaction,
  place: Place,
  pieces: readonly Pieces[],
  change: { reserved: '+' | '-'; onHand?: '-' },
): Promise<string[]> {
  const levels = reader.table(StockLevel);
  const [id, product, onHand, reserved] = (['id', 'product', 'onHand', 'reserved'] as const).map(name =>
    levels.column(name),
  );
  const newReserved = `s.${reserved} ${change.reserved} l.quantity`;
  const newOnHand = change.onHand ? `s.${onHand} - l.quantity` : `s.${onHand}`;
  const values = [pieces.map(piece => piece.product), pieces.map(piece => piece.quantity)];
  const changed = await reader.run<{ product: string }>(
    `with locked as (
       select s.${id}, wanted.quantity from ${levels.name} s
       join unnest($1::uuid[], $2::int[]) as wanted(product, quantity) on wanted.product = s.${product}
       where ${isPlace(`s.${levels.column('store')}`, place, 3)} order by s.${id} for update of s
     )
     update ${levels.name} s set ${reserved} = ${newReserved}, ${onHand} = ${newOnHand} from locked l
     where s.${id} = l.${id} and ${newReserved} between 0 and ${newOnHand} returning s.${product} as product`,
    place === null ? values : [...values, place],
  );
  const done = new Set(changed.map(row => row.product));
  return pieces.map(piece => piece.product).filter(key => !done.has(key));
}

/** Whether a column holds a place, so that an index serves; a null is equal to nothing. */
function isPlace(column: string, place: Place, parameter: number): string {
  return place === null ? `${column} is null` : `${column} = $${parameter}::uuid`;
}
