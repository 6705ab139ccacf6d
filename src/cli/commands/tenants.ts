import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { TenantDetails } from '../../tenancy/tenant.details.js';
import { quote } from '../../errors.js';
import { CommandError } from '../failure.js';
import { ProgressBar } from '../progress-bar.js';
import { printTable } from '../reports/table.js';
import { type Platform, withPlatform } from '../with-platform.js';

interface Json {
  json?: boolean;
}

const jsonOption = ['--json', 'write JSON to standard output'] as const;

/** Adds `pier2 tenants`, with a command for each step of a shop's life. */
export function addTenantsCommand(program: Command): void {
  const tenants = program.command('tenants').description('Makes, shows and removes the shops of this installation.');
  tenants
    .command('create')
    .description('Makes a shop with a schema of its own, whole or not at all.')
    .argument('<name>', 'its name, which the header x-tenant names it by')
    .option('--host <host>', 'host name that leads to it; can be given several times', collect, [])
    .option('--seed', 'fill it with the sample data')
    .option(...jsonOption)
    .action((name: string, { host, seed, json }: { host: string[]; seed?: boolean } & Json) =>
      withTenants(async ({ tenancy, transact, operations: { buildTables, seed: fill } }) => {
        const id = await tenancy.createTenant(transact, buildTables, { name, hosts: host }, seed ? fill : undefined);
        return show(await tenancy.tenantDetails({ id }), json, ({ schema }) => `Made ${name} in the schema ${schema}.`);
      }),
    );
  tenants
    .command('clone')
    .description('Makes a shop with the data of another as they are at this moment, whole or not at all.')
    .argument('<name>', 'the shop whose data it gets; it is served meanwhile')
    .argument('<new-name>', 'its own name')
    .option('--anonymise', 'put made-up values in the place of personal ones, the same one wherever a value stands')
    .option('--host <host>', 'host name that leads to it; can be given several times', collect, [])
    .option(...jsonOption)
    .action(clone);
  tenants
    .command('list')
    .description('Lists the shops by name.')
    .option(...jsonOption)
    .action(({ json }: Json) =>
      withTenants(async ({ tenancy }) => {
        const all = await tenancy.tenantDetails({});
        if (json) {
          console.log(JSON.stringify(all, null, 2));
          return;
        }
        printTable(
          ['Name', 'State', 'Schema', 'Hosts', 'Made', 'Migration'],
          all.map(({ name, state, schema, hosts, createdAt, migration }) => [
            name,
            state.toLowerCase(),
            schema,
            hosts.join('\n'),
            createdAt.toISOString().slice(0, 10),
            migration?.replace(/^Migration/, '') ?? '',
          ]),
        );
      }),
    );
  tenants
    .command('show')
    .description('Shows a shop.')
    .argument('<name>', 'its name')
    .option(...jsonOption)
    .action((name: string, { json }: Json) =>
      withTenants(async ({ tenancy }) =>
        show([await find(tenancy, name)], json, ({ id, schema, state, hosts, createdAt, migration }) =>
          [
            `Name       ${name}`,
            `Id         ${id}`,
            `State      ${state.toLowerCase()}`,
            `Schema     ${schema}`,
            `Hosts      ${hosts.join(', ') || 'none'}`,
            `Made       ${createdAt.toISOString()}`,
            `Migration  ${migration ?? 'none'}`,
          ].join('\n'),
        ),
      ),
    );
  tenants
    .command('rename')
    .description('Gives a shop another name. Its schema and its data stay.')
    .argument('<name>', 'its name')
    .argument('<new-name>', 'its name from now on')
    .action((name: string, newName: string) =>
      change(
        name,
        ({ tenancy, transact }, { id }) => transact(t => tenancy.renameTenant(t, id, newName)),
        `Renamed ${name} to ${newName}.`,
      ),
    );
  tenants
    .command('set-hosts')
    .description('Says which host names lead to a shop, in place of those that did.')
    .argument('<name>', 'its name')
    .argument('[hosts...]', 'host names, without a port; none to take all away')
    .action((name: string, hosts: string[]) =>
      change(
        name,
        ({ tenancy, transact }, { id }) => transact(t => tenancy.setTenantHosts(t, id, hosts)),
        `${hosts.join(', ') || 'No host name'} leads to ${name}.`,
      ),
    );
  tenants
    .command('suspend')
    .description('Serves a shop no more until it is resumed. Its data stay.')
    .argument('<name>', 'its name')
    .action((name: string) =>
      change(
        name,
        ({ tenancy, transact }, { id }) => transact(t => tenancy.suspendTenant(t, id)),
        `Suspended ${name}.`,
      ),
    );
  tenants
    .command('resume')
    .description('Serves a shop again that was suspended.')
    .argument('<name>', 'its name')
    .action((name: string) =>
      change(name, ({ tenancy, transact }, { id }) => transact(t => tenancy.resumeTenant(t, id)), `Resumed ${name}.`),
    );
  tenants
    .command('remove')
    .description('Removes a shop with all of its data, after an archive of it was written.')
    .argument('<name>', 'its name')
    .option('--confirm <name>', 'its name once more; without it, it is asked for')
    .option('--no-archive', 'write no archive: its data are gone for good')
    .action((name: string, { confirm, archive }: { confirm?: string; archive: boolean }) =>
      withTenants(async ({ tenancy, transact, operations: { writeArchive } }) => {
        const { id } = await find(tenancy, name);
        const confirmed = confirm ?? (await askForName(name));
        const path = await tenancy.removeTenant(transact, id, confirmed, archive ? writeArchive : undefined);
        console.log(path ? `Removed ${name}. Its archive is ${path}.` : `Removed ${name}.`);
      }),
    );
}

interface CloneFlags extends Json {
  anonymise?: boolean;
  host: string[];
}

function clone(name: string, newName: string, { anonymise = false, host, json }: CloneFlags): Promise<void> {
  return withTenants(async ({ tenancy, url, reader, transact, operations: { buildTables }, signal }) => {
    const { cloneTenant } = await import('../../backup/clone/clone-tenant.js');
    const source = await find(tenancy, name);
    const bar = new ProgressBar('rows');
    const onProgress = (rows: number, total: number) => {
      if (signal.aborted) {
        throw new CommandError(`Stopped; nothing of ${newName} was made.`);
      }
      bar.show(rows, total);
    };
    const options = { source, name: newName, hosts: host, anonymise, onProgress };
    const { id, rows } = await cloneTenant({ url, reader, transact, buildTables }, options).finally(() => bar.stop());
    const made = await tenancy.tenantDetails({ id });
    if (json) {
      console.log(JSON.stringify({ ...made[0], clonedFrom: source.name, anonymised: anonymise, rows }, null, 2));
      return;
    }
    const what = anonymise ? 'Cloned and anonymised' : 'Cloned';
    console.log(
      `${what} ${source.name} as ${newName} in the schema ${made[0]!.schema}: ${rows.toLocaleString('en')} rows.`,
    );
    if (anonymise) {
      console.log(
        `Nobody knows a password there; "npx pier2 users create-owner --tenant ${quote(newName)}" makes an owner.`,
      );
    }
  });
}

/** What is done to tenants, loaded when it is needed. */
type Tenancy = Awaited<ReturnType<typeof loadTenancy>>;

interface Tenants extends Platform {
  tenancy: Tenancy;
}

async function loadTenancy({ reader }: Platform) {
  const [service, { removeTenant }, { readTenantDetails }] = await Promise.all([
    import('../../tenancy/tenant.service.js'),
    import('../../tenancy/remove-tenant.js'),
    import('../../tenancy/tenant.details.js'),
  ]);
  return {
    ...service,
    removeTenant,
    tenantDetails: (which: Parameters<typeof readTenantDetails>[1]) => readTenantDetails(reader, which),
  };
}

function withTenants(work: (tenants: Tenants) => Promise<void>): Promise<void> {
  return withPlatform('pier2 tenants', async platform => work({ ...platform, tenancy: await loadTenancy(platform) }));
}

function change(
  name: string,
  work: (tenants: Tenants, tenant: TenantDetails) => Promise<unknown>,
  done: string,
): Promise<void> {
  return withTenants(async tenants => {
    await work(tenants, await find(tenants.tenancy, name));
    console.log(done);
  });
}

/** @throws CommandError when there is none of that name */
async function find({ tenantDetails }: Tenancy, name: string): Promise<TenantDetails> {
  const [tenant] = await tenantDetails({ name });
  if (!tenant) {
    throw new CommandError(`There is no shop "${name}"; "pier2 tenants list" shows those that there are.`);
  }
  return tenant;
}

function show([tenant]: TenantDetails[], json: boolean | undefined, text: (tenant: TenantDetails) => string): void {
  console.log(json ? JSON.stringify(tenant, null, 2) : text(tenant!));
}

async function askForName(name: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError(`All data of ${name} will go; give its name once more: --confirm "${name}".`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`All data of ${name} will go. Type its name to remove it: `)).trim();
  } finally {
    terminal.close();
  }
}

function collect(value: string, values: string[]): string[] {
  return [...values, value];
}
