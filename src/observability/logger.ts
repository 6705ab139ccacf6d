import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

/** The log of a process: JSON lines in production, readable lines elsewhere, both on standard error. */
export function createLogger(level: string, readable: boolean): Logger {
  const destination = readable
    ? pretty({ colorize: process.stderr.isTTY, ignore: 'pid,hostname', destination: 2, sync: true })
    : pino.destination(2);
  return pino({ level }, destination);
}
