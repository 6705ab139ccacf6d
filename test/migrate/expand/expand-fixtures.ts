import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { connected } from '../../support/server.js';
import type { Fleet } from '../fleet/fleet-fixtures.js';

/** Puts a migration that replaces a column into a fleet's folder, and gives its name. `change` is TypeScript. */
export async function addExpansion({ folder }: Fleet, words: string, change: string): Promise<string> {
  const name = `Migration20990101000000_${words}`;
  await writeFile(
    join(folder, `${name}.ts`),
    `import { ExpandMigration, rename, retype, split } from '../../../src/migrate/expand/index.js';

export class ${name} extends ExpandMigration {
  override name = '${name}';

  override change = ${change};
}
`,
  );
  return name;
}

/** Puts the migration into a fleet's folder that takes away what an expansion has replaced, and gives its name. */
export async function addContract({ folder }: Fleet, expansion: string, switchedWith?: string): Promise<string> {
  const name = `${expansion.replace('Migration2099', 'Migration2100')}_contract`;
  await writeFile(
    join(folder, `${name}.ts`),
    `import { ContractMigration } from '../../../src/migrate/expand/index.js';
import { ${expansion} } from './${expansion}.js';

export class ${name} extends ContractMigration {
  override name = '${name}';

  override expansion = ${expansion};
${switchedWith === undefined ? '' : `\n  override switchedWith = '${switchedWith}';\n`}}
`,
  );
  return name;
}

/** What goes with an old column, and with it comes back. Nobody uses the table then, so nothing waits for it. */
const restore = (...statements: string[]) =>
  JSON.stringify(
    statements.map(sql => {
      const rule = sql.includes('index') ? 'add-index' : 'add-check';
      return `-- pier2:allow ${rule} the rows were all written just before\n${sql}`;
    }),
  );

const digits = `regexp_replace(telephone, '[^0-9]', '', 'g')`;

/** Changes of each kind, as migrations say them. */
export const changes = {
  rename: `rename({
    table: 'customers', from: 'telephone', to: 'phone', type: 'text',
    restore: ${restore(
      `create unique index "customers_telephone_unique" on "customers" (${digits});`,
      `alter table "customers" add constraint "customers_telephone_check" check (length(${digits}) between 3 and 20);`,
      `alter table "customers" add constraint "customers_contact_check" check (email is not null or telephone is not null or merged_into_id is not null or erased_at is not null);`,
    )},
  })`,
  rename_with_default: `rename({
    table: 'products', from: 'tax_rate', to: 'vat_rate', type: 'numeric', notNull: true, default: \`'0'\`,
    checks: { products_vat_rate_check: 'coalesce(vat_rate, 101) <= 100' },
    restore: ${restore(
      `alter table "products" add constraint "products_tax_rate_check" check (tax_rate >= 0 and tax_rate <= 100 and scale(tax_rate) <= 4);`,
    )},
  })`,
  retype: `retype({
    table: 'products',
    from: {
      name: 'price', type: 'numeric', notNull: true,
      restore: ${restore(
        `create index "products_price_index" on "products" ("price", "id");`,
        `alter table "products" add constraint "products_price_check" check (price >= 0 and price < 1000000000000 and scale(price) <= 4);`,
      )},
    },
    to: { name: 'list_price', type: 'bigint', notNull: true },
    up: 'round(price * 100)',
    down: 'list_price * 0.01',
  })`,
  split: `split({
    table: 'users',
    from: {
      name: 'name', type: 'text', notNull: true,
      restore: ${restore(
        `create index "users_name_index" on "users" ("name", "id");`,
        `create index "users_role_index" on "users" ("role", "name", "id");`,
        `create index "users_state_index" on "users" ("state", "name", "id");`,
        `alter table "users" add constraint "users_name_check" check (btrim(name) <> '');`,
      )},
    },
    to: {
      first_name: { type: 'text', notNull: true, value: \`split_part(name, ' ', 1)\` },
      last_name: { type: 'text', notNull: true, default: \`''\`, value: \`ltrim(substr(name, length(split_part(name, ' ', 1)) + 1))\` },
    },
    joined: \`btrim(first_name || ' ' || coalesce(last_name, ''))\`,
  })`,
};

/** A program's connection: as when requests run, no search_path helps it to find a table. */
export function asProgram<Result>({ database }: Fleet, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return connected(database.url, async client => {
    await client.query(`set search_path to ''`);
    return work(client);
  });
}

/** Adds customers by the columns that programs of before know. */
export async function addCustomers({ database }: Fleet, schema: string, count: number): Promise<void> {
  await database.query(
    `insert into ${schema}.customers (id, telephone, first_name, last_name)
     select gen_random_uuid(), '+' || (1000000 + n), 'Ford', 'Prefect ' || n from generate_series(1, ${count}) n`,
  );
}
