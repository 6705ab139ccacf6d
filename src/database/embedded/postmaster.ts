import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** What the server's first process writes about itself into its data folder. */
export interface Postmaster {
  pid: number;
  port: number;
  /** Whether it takes connections: not while it starts, recovers or stops. */
  ready: boolean;
}

/** The file of that name in the data folder. It outlives a server that was killed. */
export function pidFileOf(dataFolder: string): string {
  return join(dataFolder, 'postmaster.pid');
}

/** Reads postmaster.pid; undefined when there is none. */
export async function readPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(pidFileOf(dataFolder), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Whether the process of this number really is the server of this data folder: after a crash the number may have gone
 * to any other process. Undefined when this system does not tell.
 */
export async function isPostmasterOf(dataFolder: string, pid: number): Promise<boolean | undefined> {
  if (process.platform === 'win32') return undefined;
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', `${pid}`]).catch(() => ({
      stdout: '',
    }));
    return stdout.includes('postgres') && stdout.includes(dataFolder);
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (commandLine === undefined) return isAlive(pid) ? undefined : false;
  const [program, ...args] = commandLine.split('\0');
  // Nobody's parent may be there to take note of its end; such a process is left without a command line.
  if (!basename(program!).startsWith('postgres')) return false;
  if (args.includes(dataFolder)) return true;
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return workingFolder === undefined ? undefined : workingFolder === dataFolder;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
