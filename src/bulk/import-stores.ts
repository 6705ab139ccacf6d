import { newId } from '../database/new-id.js';
import { HistorySubject } from '../history/history-entry.entity.js';
import { StoreState } from '../stores/store.entity.js';
import { addressKeys, readAddress, stagedAddresses, writeAddresses } from './address-parts.js';
import { findClaims, idClaim } from './claims.js';
import { type ImportKind, staged, subjectColumns } from './import-kind.js';

const table = 'import_stores';
const addressFields = new Set<string>(addressKeys);

/** How stores are imported. */
export const importStores: ImportKind = {
  name: 'stores',
  subjects: { table, type: HistorySubject.STORE },
  staging: [
    { name: table, columns: { ...subjectColumns, name: 'text', state: 'text', address_id: 'uuid' } },
    stagedAddresses,
  ],
  keys: new Set(['id', 'name', 'state', 'address']),
  read: (fields, context) => {
    const { line } = context;
    const address = newId();
    return {
      [table]: [
        [
          line,
          fields.id('Store'),
          newId(),
          fields.text('name'),
          fields.oneOf('state', Object.values(StoreState), StoreState.ACTIVE),
          address,
        ],
      ],
      import_addresses: [[line, address, ...readAddress(fields.object('address', addressFields), context)]],
    };
  },
  resolve: () => [],
  problems: () => `select null::int as line, null as code, null as value where false`,
  claims: name =>
    findClaims([
      idClaim(name, table, 'stores', 'Store'),
      {
        code: 'DUPLICATE_NAME',
        table,
        key: 's.name',
        value: 's.name',
        taken: `exists (select from ${name('stores')} t where t.name = s.name)`,
      },
    ]),
  write: name => [
    writeAddresses(name),
    `insert into ${name('stores')} (id, name, state, address_id)
     select id, name, state, address_id from ${staged(table)} order by line`,
  ],
};
