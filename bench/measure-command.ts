import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { projectFolder } from '../src/project-folder.js';

/** How often the memory of a run is looked at, in milliseconds. */
const interval = 50;

/** Runs `pier2 migrate` with the migrations of a folder, as {@link measureProcess} does. */
export function measure(what: string, url: string, folder: string, ...args: string[]): Promise<void> {
  return measureCommand(what, { DATABASE_URL: url }, 'migrate', ...args, '--migrations', folder);
}

/** Runs `pier2` as {@link measureProcess} does. */
export function measureCommand(what: string, settings: NodeJS.ProcessEnv, ...args: string[]): Promise<void> {
  return measureProcess(what, process.execPath, ['src/cli/pier2-command.js', ...args], settings);
}

/**
 * Runs a command as a process of its own, and prints what it took: its time has the start of the process in it, and its
 * memory is what the kernel says that it took at the most (on Linux alone).
 */
export async function measureProcess(
  what: string,
  command: string,
  args: readonly string[],
  settings: NodeJS.ProcessEnv = {},
): Promise<void> {
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: projectFolder,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peak = 0;
  const watch = setInterval(() => void readPeak(child.pid!).then(size => (peak = Math.max(peak, size))), interval);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${what.padEnd(40)} ${seconds.toFixed(1).padStart(6)} s ${(peak / 1024).toFixed(0).padStart(5)} MB  exit code ${code}`,
  );
}

/** Kilobytes that a process had in memory at the most; 0 when it is gone. */
async function readPeak(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0);
}
