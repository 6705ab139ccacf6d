import { type Command, Option } from 'commander';
import type { Created } from '../../../migrate/create/write-migrations.js';
import type { Ask } from '../../../migrate/create/decisions.js';
import { type ExpansionTold, expansionKinds } from '../../../migrate/create/replaced-column.js';
import { CommandError } from '../../failure.js';
import { collect } from './options.js';

interface CreateFlags {
  platform?: boolean;
  rename: string[];
  drop: string[];
  expand?: ExpansionTold['kind'];
  column?: string;
  contract?: string;
  blank?: boolean;
  json?: boolean;
}

/** Adds `pier2 migrate create`, which needs no database. */
export function addCreate(migrate: Command): void {
  migrate
    .command('create')
    .description('Writes the migration that brings the tables to the entities as they are now, and back.')
    .argument('<name>', 'what changes, in words joined by "_", such as add_order_channel')
    .option('--platform', 'of the tables that all shops share; without it, of a shop’s tables')
    .option(
      '--rename <old:new>',
      'old_table:new_table or table.old_column:new_column, which keeps the data; can be given several times',
      collect,
      [],
    )
    .option(
      '--drop <what>',
      'a table or table.column that is gone, and is no rename; can be given several times',
      collect,
      [],
    )
    .addOption(
      new Option('--expand <kind>', 'put new columns beside the old one of --column, for programs that know either')
        .choices(expansionKinds)
        .conflicts('contract'),
    )
    .option('--column <old:new>', 'table.old_column:new_column; several new ones of a split with commas')
    .option('--contract <migration>', 'take away the old column of a migration that --expand has written')
    .option('--blank', 'write a migration where there is nothing to change too, to be filled in')
    .option('--json', 'write JSON to standard output')
    .addHelpText(
      'after',
      `
Where something is gone and something like it is new, it asks which it is on a terminal, and wants --rename or --drop elsewhere.
Exit codes: 0 the migration is written, or there is nothing to change; 1 it is not, and all files are as they were.`,
    )
    .action(async (name: string, flags: CreateFlags) => {
      const created = await create(name, flags);
      if (flags.json) {
        console.log(JSON.stringify(created ?? null, null, 2));
      } else {
        tell(created);
        if (flags.expand && created) {
          tellOfContract(name, created);
        }
      }
    });
}

async function create(name: string, flags: CreateFlags): Promise<Created | undefined> {
  const { platform, rename, drop, expand, column, contract, blank = false, json } = flags;
  if ((expand === undefined) !== (column === undefined)) {
    throw new CommandError('--expand and --column belong together: --expand rename --column customers.telephone:phone');
  }
  if (platform && (expand ?? contract) !== undefined) {
    throw new CommandError('Columns of the platform are not filled by "pier2 migrate backfill"; leave --platform out.');
  }
  const { migrationContext } = await import('../../../migrate/context.js');
  const context = migrationContext(platform ? 'platform' : 'default');
  if (contract !== undefined) {
    const { createContract } = await import('../../../migrate/create/create-contract.js');
    return createContract(context, name, contract);
  }
  const { createMigration } = await import('../../../migrate/create/create-migration.js');
  return createMigration(context, {
    name,
    renames: rename,
    drops: drop,
    blank,
    ask: process.stdin.isTTY && !json ? ask : undefined,
    expand: expand && { kind: expand, column: column! },
  });
}

function tell(created: Created | undefined): void {
  if (!created) {
    console.log('The tables are as the entities are: there is nothing to change, and nothing was written.');
    return;
  }
  for (const { file, up } of created.migrations) {
    console.log(`Wrote ${file}:`);
    up.forEach(sql => console.log(`  ${sql}`));
  }
  for (const { file, line, severity, rule, message } of created.findings) {
    console.log(`\n${file}:${line}  ${severity}  ${rule}\n  ${message}`);
  }
  const names = created.migrations.map(({ name }) => name).join(' ');
  console.log(
    created.findings.length === 0
      ? '\nRead it, also what takes it back, then run: npx pier2 migrate check'
      : `\nThis would hold up or break shops that are in use. The safe ways: npx pier2 migrate lint\nAfter editing it, run: npx pier2 migrate sum ${names}`,
  );
}

function tellOfContract(name: string, { migrations: [expansion] }: Created): void {
  console.log(
    `Look at how either side is made of the other. A build after this one takes the old column away:\n  npx pier2 migrate create ${name}_alone --contract ${expansion!.name}`,
  );
}

const ask: Ask = async ({ gone, candidates }) => {
  const { default: select } = await import('@inquirer/select');
  return select<string | undefined>(
    {
      message: `The entities have no ${gone} any more. What became of it?`,
      choices: [
        ...candidates.map(to => ({ name: `It is called ${to} now, and keeps its data`, value: to })),
        { name: 'It is gone, with its data', value: undefined },
      ],
    },
    { output: process.stderr },
  ).catch((error: Error) => {
    throw error.name === 'ExitPromptError' ? new CommandError('Nothing was written.') : error;
  });
};
