import anyAscii from 'any-ascii';

/** What the schemas of tenants begin with, so that none is taken for one of PostgreSQL's or of an extension's. */
const prefix = 'tenant_';

/** PostgreSQL cuts names off after 63 bytes. */
const maxBytes = 63;

/**
 * The name of a tenant's schema: the tenant's name in Latin letters, digits and underscores, such as `tenant_heart_of_gold`
 * for "Heart of Gold". Where that is taken, a number makes it another.
 * @param taken whether there is such a schema already
 */
export async function schemaNameFor(name: string, taken: (schema: string) => Promise<boolean>): Promise<string> {
  const words = anyAscii(name.normalize('NFKC'))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
  const trimmed = words.replace(/^_+|_+$/g, '') || 'shop';
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `_${number}`;
    const schema = `${prefix}${trimmed.slice(0, maxBytes - prefix.length - suffix.length)}${suffix}`;
    if (!(await taken(schema))) {
      return schema;
    }
  }
}
