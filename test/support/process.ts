import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectFolder } from '../../src/project-folder.js';

/** A program that a test runs as its users do. */
export interface Program {
  process: ChildProcess;
  /** What it wrote so far, on standard output and standard error. */
  output(): string;
  /** Waits until it wrote something that fits, and gives the match. */
  sees(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits until it ended, and gives its exit code; null when a signal ended it. */
  ends(): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Runs a program in the project's folder or another; settings are environment variables, and only those of a clean machine besides. */
export function run(
  command: string,
  args: string[],
  settings: NodeJS.ProcessEnv = {},
  folder: string = projectFolder,
): Program {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH, HOME, TMPDIR, NPM_CONFIG_LOGLEVEL: 'error', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a test can send it what a terminal sends: a signal for all of the group.
    detached: true,
  });
  running.add(child);
  let output = '';
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const changed = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      changed.forEach(notify => notify());
    });
  }
  return {
    process: child,
    output: () => output,
    ends: () => ended,
    sees: pattern =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match) {
            changed.delete(look);
            resolve(match);
          }
        };
        changed.add(look);
        void ended.then(code => reject(new Error(`It ended with ${code} before it wrote ${pattern}:\n${output}`)));
        look();
      }),
  };
}

/** Ends what a test left running. */
export async function endPrograms(): Promise<void> {
  for (const child of running) {
    process.kill(-child.pid!, 'SIGKILL');
    await once(child, 'close');
  }
}
