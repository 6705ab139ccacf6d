import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { QueryName, Values } from './queries.js';

/** What all contenders get alike. */
export interface Surroundings {
  databaseUrl: string;
  /** Connections to PostgreSQL at the most. */
  poolSize: number;
  /** The checkout whose API is measured. */
  pier2Folder: string;
}

/** One who answers the queries. */
export interface Contender {
  name: string;
  queries: readonly QueryName[];
  /** Starts its server. */
  start(surroundings: Surroundings): Promise<Started>;
  /** The request for some values. A page's cursor stands in them as `after`. */
  request(query: QueryName, values: Values): Request;
  /** What it answered, in the form that all answers are compared in. */
  plain(query: QueryName, data: unknown): unknown;
}

export interface Request {
  path: string;
  body: string;
  /** Sent beside those of the server, in whose place they come. */
  headers?: Record<string, string>;
}

/** A server that answers. */
export interface Started {
  origin: string;
  /** Sent with every request. */
  headers: Record<string, string>;
  pid: number;
  /** Milliseconds from its start until it said where it serves. */
  startedIn: number;
  stop(): Promise<void>;
}

const patience = 60_000;

/** Starts a server in a process of its own, and waits until it says where it serves. */
export async function startServer(
  script: string,
  options: { folder: string; env: NodeJS.ProcessEnv; arguments?: readonly string[] },
): Promise<Started> {
  const began = performance.now();
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [...(options.arguments ?? []), script], {
    cwd: options.folder,
    env: { PATH, HOME, TMPDIR, NODE_ENV: 'production', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill());
  try {
    const origin = await originOf(child);
    return { origin, headers: {}, pid: child.pid!, startedIn: performance.now() - began, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function originOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`It said not where it serves:\n${output}`)), patience);
    child.once('exit', code => reject(new Error(`It ended with ${code}:\n${output}`)));
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-10_000);
        const [origin] = /http:\/\/[\w.[\]]+:\d+/.exec(output) ?? [];
        if (origin) {
          clearTimeout(timer);
          resolve(origin.replace('localhost', '127.0.0.1'));
        }
      });
    }
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(force);
  }
}
