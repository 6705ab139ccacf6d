import { readdirSync, readFileSync } from 'node:fs';

/** What the fields of /proc/<pid>/stat that count time count in: hundredths of a second, whatever the kernel's own clock. */
const tick = 10;

interface Process {
  parent: number;
  /** Milliseconds, those of children that ended included. */
  time: number;
}

/**
 * Milliseconds that a process and all that it started have computed so far, those that have ended by now included: so a
 * connection to PostgreSQL that was opened and closed meanwhile counts as well.
 */
export function processorTime(root: number): number {
  return sumBelow(root, (_, { time }) => time);
}

/** Megabytes of memory that a process and all that it started hold, what they share counted for each. */
export function residentMemory(root: number): number {
  return sumBelow(root, pid => {
    const [, kilobytes = 0] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  });
}

function sumBelow(root: number, valueOf: (pid: number, process: Process) => number): number {
  const processes = readProcesses();
  const isBelow = (pid: number): boolean => pid === root || (processes.has(pid) && isBelow(processes.get(pid)!.parent));
  let sum = 0;
  for (const [pid, process] of processes) {
    sum += isBelow(pid) ? valueOf(pid, process) : 0;
  }
  return sum;
}

/** The process that started another. */
export function parentOf(pid: number): number {
  return readProcess(pid)!.parent;
}

function readProcesses(): Map<number, Process> {
  const all = new Map<number, Process>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const found = Number.isInteger(pid) ? readProcess(pid) : undefined;
    if (found) {
      all.set(pid, found);
    }
  }
  return all;
}

/** Undefined when it ended meanwhile. */
function readProcess(pid: number): Process | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0);
  return { parent: Number(fields[1]), time: ticks * tick };
}
