import type { Command } from 'commander';
import pg from 'pg';
import { platformSchema } from '../../database/schemas.js';
import { withClient } from '../../database/with-client.js';
import type { FigureDifference } from '../../statistics/kept-figures.js';
import { schemaOfTenant } from '../../tenancy/schema-of-tenant.js';
import { CommandError, explainFailure } from '../failure.js';
import { printTable } from '../reports/table.js';
import { withDatabase } from '../with-database.js';

interface StatisticsFlags {
  tenant?: string;
  all?: boolean;
  json?: boolean;
}

interface Shop {
  name: string;
  schema: string;
}

/** What was done to the figures of a shop, or why it could not be. */
type Outcome = { tenant: string } & ({ differences: FigureDifference[] } | { rebuilt: true } | { error: string });

/** Numbers of a shop that a terminal shows; the others are counted. */
const shownAtMost = 20;

const defaultShop = 'default';

/** Adds `pier2 statistics`, which looks after the figures that are kept of orders. */
export function addStatisticsCommand(program: Command): void {
  const statistics = program.command('statistics').description('Looks after the figures that are kept of orders.');
  addStep(statistics, 'check', 'Compares the figures with the orders, and ends with 1 where they differ.', check);
  addStep(statistics, 'rebuild', 'Counts all orders anew, while others write orders.', rebuild);
}

function addStep(
  statistics: Command,
  name: string,
  description: string,
  work: (client: pg.Client, shop: Shop) => Promise<Outcome>,
): void {
  statistics
    .command(name)
    .description(description)
    .option('--tenant <name>', 'the shop; without it, the default one')
    .option('--all', 'all shops')
    .option('--json', 'write JSON to standard output')
    .action((flags: StatisticsFlags) => run(flags, work));
}

async function run(
  { tenant, all, json }: StatisticsFlags,
  work: (client: pg.Client, shop: Shop) => Promise<Outcome>,
): Promise<void> {
  if (tenant !== undefined && all) {
    throw new CommandError('--tenant names one shop and --all means all; give one of them.');
  }
  await withDatabase(({ url }) =>
    withClient(url, async client => {
      const shops = all ? await allShops(client) : [await oneShop(client, tenant)];
      const outcomes: Outcome[] = [];
      for (const shop of shops) {
        // A shop that is not as it should be keeps no other from its turn.
        const outcome = await work(client, shop).catch((error: Error) => fail(shop, error));
        outcomes.push(outcome);
        if (!json) {
          tell(outcome);
        }
      }
      if (json) {
        console.log(JSON.stringify(outcomes, null, 2));
      }
      process.exitCode = outcomes.every(isRight) ? 0 : 1;
    }),
  );
}

// Loaded now, since the entities take a second, and what is wrong with the command should be told at once.
async function check(client: pg.Client, { name, schema }: Shop): Promise<Outcome> {
  const { checkFigures } = await import('../../statistics/kept-figures.js');
  return { tenant: name, differences: await checkFigures(client, schema) };
}

async function rebuild(client: pg.Client, { name, schema }: Shop): Promise<Outcome> {
  const { rebuildFigures } = await import('../../statistics/kept-figures.js');
  await rebuildFigures(client, schema);
  return { tenant: name, rebuilt: true };
}

function fail({ name }: Shop, error: Error): Outcome {
  const explained = explainFailure(error);
  return { tenant: name, error: typeof explained === 'string' ? explained : error.message };
}

async function oneShop(client: pg.Client, tenant: string | undefined): Promise<Shop> {
  const schema = await schemaOfTenant(client, tenant);
  if (schema === platformSchema) {
    throw new CommandError('The platform has no orders; name a shop, or leave --tenant out for the default one.');
  }
  return { name: tenant ?? defaultShop, schema };
}

/** Shops that have their tables, by name. */
async function allShops(client: pg.Client): Promise<Shop[]> {
  const { rows } = await client.query<Shop>(
    `select name, schema from ${pg.escapeIdentifier(platformSchema)}.tenants
     where state in ('ACTIVE', 'SUSPENDED') order by name, id`,
  );
  return rows;
}

function isRight(outcome: Outcome): boolean {
  return 'rebuilt' in outcome || ('differences' in outcome && outcome.differences.length === 0);
}

function tell(outcome: Outcome): void {
  if ('error' in outcome) {
    console.error(`${outcome.tenant}: ${outcome.error}`);
  } else if ('rebuilt' in outcome) {
    console.log(`${outcome.tenant}: counted anew.`);
  } else if (outcome.differences.length === 0) {
    console.log(`${outcome.tenant}: all figures are those of the orders.`);
  } else {
    const { tenant, differences } = outcome;
    const count = `${differences.length.toLocaleString('en')} ${differences.length === 1 ? 'number is' : 'numbers are'}`;
    const remedy = `pier2 statistics rebuild${tenant === defaultShop ? '' : ` --tenant ${JSON.stringify(tenant)}`}`;
    console.log(`${tenant}: ${count} not those of the orders; "${remedy}" mends them.`);
    printTable(
      ['Figure', 'Of', 'Kept', 'Counted'],
      differences
        .slice(0, shownAtMost)
        .map(({ figure, key, kept, counted }) => [figure, key, String(kept), String(counted)]),
    );
    if (differences.length > shownAtMost) {
      console.log(`… and ${(differences.length - shownAtMost).toLocaleString('en')} more.`);
    }
  }
}
