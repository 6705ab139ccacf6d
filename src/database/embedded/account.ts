import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import type { Binaries } from './binaries.js';

/** Numbers of a user and its group. */
export interface Ids {
  uid: number;
  gid: number;
}

/** How PostgreSQL's programs are run: it refuses to run as root, and initdb wants a user that has a name. */
export interface Account {
  /** What comes before each command, such as unshare. */
  prefix: string[];
  /** Whom root turns into; undefined when the programs run as the user of this process. */
  ids?: Ids;
}

/**
 * Chooses how to run PostgreSQL on this folder. No account is ever created.
 *
 * - An ordinary user runs it as it is.
 * - Root runs it as the owner of the data, when that is someone else: `sudo npm start` must not take the data away.
 * - Root runs it in a user namespace of its own, where that is allowed: root's files stay reachable there, unlike for
 *   any other user.
 * - Else root becomes the account `postgres`, or `nobody`.
 */
export async function chooseAccount(folder: string, dataFolder: string, binaries: Binaries): Promise<Account> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { prefix: [] };

  const users = await readUsers();
  const standIn = users.get('postgres') ?? users.get('nobody') ?? { uid: 65534, gid: 65534 };
  const owner = isRoot ? await findOwner(folder, dataFolder, [...users.values()]) : undefined;
  if (owner) return { prefix: [], ids: owner };

  // The number mapped to must have a name in this system, since initdb looks it up.
  const namespace: Account = {
    prefix: ['unshare', '--user', `--map-user=${standIn.uid}`, `--map-group=${standIn.gid}`],
  };
  if (await canDo(namespace, 'test -w "$1" && "$2" --version', folder, binaries.postgres)) return namespace;
  return isRoot ? { prefix: [], ids: standIn } : { prefix: [] };
}

/** Starts a program under an account, away from the current folder, which the account may not be allowed to enter. */
export function spawnAs(
  account: Account,
  program: string,
  args: string[],
  options: { stdio: StdioOptions; detached?: boolean },
): ChildProcess {
  const [command, ...rest] = [...account.prefix, program, ...args];
  // LC_ALL=C: messages in English, since we look for some of them, and no dependence on locales that may be missing.
  const env = { ...process.env, LC_ALL: 'C' };
  return spawn(command!, rest, { ...options, ...account.ids, env, cwd: '/', windowsHide: true });
}

/** Runs a program to its end; tells whether it succeeded, and all it said. */
export async function runAs(
  account: Account,
  program: string,
  args: string[],
): Promise<{ ok: boolean; output: string }> {
  const child = spawnAs(account, program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve(code === 0));
  });
  try {
    const [ok, out, err] = await Promise.all([ended, text(child.stdout!), text(child.stderr!)]);
    return { ok, output: (out + err).trim() };
  } catch (error) {
    return { ok: false, output: (error as Error).message };
  }
}

/** Whether a line of shell succeeds under the account; what is asked with root's rights says nothing about others. */
export async function canDo(account: Account, script: string, ...args: string[]): Promise<boolean> {
  return (await runAs(account, '/bin/sh', ['-c', script, 'sh', ...args])).ok;
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false; // A container started with a number that /etc/passwd does not know.
  }
}

async function readUsers(): Promise<Map<string, Ids>> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  return new Map(
    lines.map(line => {
      const [name, , uid, gid] = line.split(':');
      return [name!, { uid: Number(uid), gid: Number(gid) }];
    }),
  );
}

/** Who owns the data, or the folder that is to hold them, when that is not root. */
async function findOwner(folder: string, dataFolder: string, users: Ids[]): Promise<Ids | undefined> {
  const data = await stat(dataFolder).catch(() => undefined);
  const { uid, gid } = data ?? (await stat(folder));
  // Data that are there need no initdb, so their owner needs no name.
  return uid !== 0 && (data || users.some(user => user.uid === uid)) ? { uid, gid } : undefined;
}
