import { newId } from '../database/new-id.js';
import { HistorySubject } from '../history/history-entry.entity.js';
import { ProductState } from '../products/product.entity.js';
import { maxLongText } from '../input-checks.js';
import { findClaims, idClaim } from './claims.js';
import type { Fields } from './fields.js';
import { type ImportKind, staged, subjectColumns } from './import-kind.js';
import { Refusal, shown } from './refusal.js';

const table = 'import_products';
const levels = 'import_levels';
const levelFields = new Set(['store', 'onHand']);

/** How products are imported, with what lies of them in each place. */
export const importProducts: ImportKind = {
  name: 'products',
  subjects: { table, type: HistorySubject.PRODUCT },
  staging: [
    {
      name: table,
      columns: {
        ...subjectColumns,
        sku: 'text',
        name: 'text',
        description: 'text',
        price: 'numeric',
        currency_code: 'text',
        tax_rate: 'numeric',
        state: 'text',
      },
    },
    {
      name: levels,
      columns: { line: 'int', id: 'uuid', product_id: 'uuid', store: 'text', on_hand: 'int' },
      filled: { store_id: 'uuid' },
    },
  ],
  keys: new Set(['id', 'sku', 'name', 'description', 'price', 'currencyCode', 'taxRate', 'state', 'stock']),
  read: (fields, { line }) => {
    const id = fields.id('Product');
    const product = [
      line,
      id,
      newId(),
      fields.text('sku'),
      fields.text('name'),
      fields.optionalText('description', { max: maxLongText, blank: true }) ?? '',
      fields.price('price'),
      fields.currency('currencyCode').code,
      fields.taxRate('taxRate'),
      fields.oneOf('state', Object.values(ProductState), ProductState.ACTIVE),
    ];
    return { [table]: [product], [levels]: readLevels(fields).map(level => [line, newId(), id, ...level]) };
  },
  resolve: name => [`update ${staged(levels)} l set store_id = s.id from ${name('stores')} s where s.name = l.store`],
  problems: () => `select distinct on (line) line, 'UNKNOWN_STORE' as code, store as value from ${staged(levels)}
    where store is not null and store_id is null order by line, store`,
  claims: name =>
    findClaims([
      idClaim(name, table, 'products', 'Product'),
      {
        code: 'DUPLICATE_SKU',
        table,
        key: 's.sku',
        value: 's.sku',
        taken: `exists (select from ${name('products')} t where t.sku = s.sku)`,
      },
    ]),
  write: name => [
    `insert into ${name('products')} (id, sku, name, description, price, currency_code, tax_rate, state)
     select id, sku, name, description, price, currency_code, tax_rate, state from ${staged(table)} order by line`,
    `insert into ${name('stock_levels')} (id, product_id, store_id, on_hand)
     select id, product_id, store_id, on_hand from ${staged(levels)} order by line`,
  ],
};

function readLevels(fields: Fields): [store: string | null, onHand: number][] {
  const places = new Set<string | null>();
  return fields.list('stock', levelFields).map(level => {
    const store = level.optionalText('store') ?? null;
    if (places.has(store)) {
      const place = store === null ? 'the warehouse' : `the store ${shown(store)}`;
      throw new Refusal('DUPLICATE_STOCK', `stock names ${place} twice; give each place once.`);
    }
    places.add(store);
    return [store, level.quantity('onHand', 0)];
  });
}
