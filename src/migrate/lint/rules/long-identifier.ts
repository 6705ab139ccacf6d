import type { Rule } from '../rule.js';

/** The bytes of a name that PostgreSQL keeps. */
const longest = 63;

export const longIdentifier: Rule = {
  id: 'long-identifier',
  severity: 'warning',
  title: 'A name is longer than PostgreSQL keeps names',
  danger:
    'PostgreSQL cuts it off after 63 bytes without an error, so two names may become one, and none is found by its full name.',
  safeWay: `create index concurrently "order_shipping_addresses_address_index" on "order_shipping_addresses" ("address_id");`,
  *check({ identifiers }) {
    for (const name of new Set(identifiers)) {
      if (Buffer.byteLength(name) > longest) {
        yield `PostgreSQL cuts "${name}" off after ${longest} bytes.`;
      }
    }
  },
};
