import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { withClient } from '../../database/with-client.js';
import { createFirstUser, listUsers } from '../../staff/users-from-terminal.js';
import { printTable } from '../reports/table.js';
import { withDatabase } from '../with-database.js';

interface CreateFlags {
  email: string;
  name: string;
  tenant?: string;
  operator?: boolean;
  passwordStdin?: boolean;
}

interface ListFlags {
  tenant?: string;
  json?: boolean;
}

/** Adds `pier2 users`. */
export function addUsersCommand(program: Command): void {
  const users = program.command('users').description('Makes the first users, and lists users.');
  users
    .command('create-owner')
    .description('Makes an owner of a shop, who can sign in and invite others.')
    .requiredOption('--email <address>', 'email address, by which they sign in')
    .requiredOption('--name <name>', 'name, as colleagues see it')
    .option('--tenant <name>', 'the shop; without it, the default one')
    .option('--operator', 'make an operator of the platform, who makes shops, instead')
    .option('--password-stdin', 'read the password from standard input; without it, one is made and shown once')
    .action(create);
  users
    .command('list')
    .description('Lists the users of a shop.')
    .option('--tenant <name>', 'the shop; without it, the default one, and "platform" for its operators')
    .option('--json', 'write JSON')
    .action(list);
}

async function create({ passwordStdin, ...user }: CreateFlags): Promise<void> {
  // Whoever pipes a password ends it with a line break that is no part of it.
  const password = passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  const made = await withDatabase(({ url }) =>
    withClient(url, client => createFirstUser(client, { ...user, password })),
  );
  console.log(`Made ${user.email} ${user.operator ? 'an operator of the platform' : 'an owner of the shop'}.`);
  if (made !== undefined) {
    console.log(`Password: ${made}\nIt is shown this once; sign in with it, and change it by \`changePassword\`.`);
  }
}

async function list({ tenant, json }: ListFlags): Promise<void> {
  const users = await withDatabase(({ url }) => withClient(url, client => listUsers(client, tenant)));
  if (json) {
    console.log(JSON.stringify(users, null, 2));
    return;
  }
  printTable(
    ['Name', 'Email', 'Role', 'State', 'Last seen'],
    users.map(({ name, email, role, state, lastUsedAt }) => [
      name,
      email,
      role,
      state,
      lastUsedAt?.toISOString() ?? 'never',
    ]),
  );
}
