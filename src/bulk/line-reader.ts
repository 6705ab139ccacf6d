import { isUtf8 } from 'node:buffer';
import type { RefusalCode } from './refusal.js';

/** Bytes of a line at the most. */
export const maxLineBytes = 1_048_576;

/** One line of a file. */
export interface Line {
  /** From 1. */
  number: number;
  /** Its bytes with the newline. */
  bytes: number;
  /** What it says; a code where it cannot be read. */
  text: string | { code: RefusalCode };
}

const newline = 10;

/**
 * The lines of a file, many at once. A line ends at a newline alone, since JSON may hold all other ends of lines as they
 * are. No more than one line is kept, and none that is too long.
 * @param skip lines that are left out
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, skip: number): AsyncGenerator<Line[]> {
  let number = 0;
  let begun: Buffer[] = [];
  let begunBytes = 0;

  const keep = (bytes: Buffer) => {
    begunBytes += bytes.length;
    if (number < skip || begunBytes > maxLineBytes) {
      begun = [];
    } else {
      begun.push(bytes);
    }
  };
  const finish = (end: number): Line => {
    const line = { number: (number += 1), bytes: begunBytes + end, text: textOf(begun, begunBytes, number) };
    begun = [];
    begunBytes = 0;
    return line;
  };

  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      keep(chunk.subarray(start, end));
      const line = finish(1);
      start = end + 1;
      if (line.number > skip) {
        lines.push(line);
      }
    }
    if (start < chunk.length) {
      keep(chunk.subarray(start));
    }
    yield lines;
  }
  if (begunBytes > 0 && number >= skip) {
    yield [finish(0)];
  }
}

function textOf(parts: Buffer[], bytes: number, number: number): Line['text'] {
  if (bytes > maxLineBytes) {
    return { code: 'LINE_TOO_LONG' };
  }
  const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  if (!isUtf8(line)) {
    return { code: 'NOT_UTF8' };
  }
  const text = line.toString('utf8');
  // Some editors begin a file with a byte order mark.
  return number === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
}
