import type { Value } from '../database/copy-rows.js';
import { Fields } from './fields.js';
import type { ImportKind, StagedRows } from './import-kind.js';
import { type Line, maxLineBytes } from './line-reader.js';
import { Refusal, type RefusedRow, shown } from './refusal.js';

/** Lines of a batch at the most. */
const batchLines = 5000;

/** Bytes of a batch's lines about, since a batch is what memory holds. */
const batchBytes = 8_388_608;

/** Lines that are imported in one transaction. */
export interface Batch {
  /** The first line's number less one. */
  linesBefore: number;
  /** The last line's number. */
  lastLine: number;
  /** The rows of the lines that are well by themselves, by staging table. */
  rows: StagedRows;
  /** The lines that are not. */
  refused: RefusedRow[];
}

/** Makes batches of lines, each checked by itself. */
export async function* readBatches(
  lines: AsyncIterable<Line[]>,
  kind: ImportKind,
  countries: ReadonlySet<string>,
): AsyncGenerator<Batch> {
  let batch: Batch | undefined;
  let bytes = 0;
  for await (const some of lines) {
    for (const line of some) {
      batch ??= { linesBefore: line.number - 1, lastLine: 0, rows: emptyRows(kind), refused: [] };
      batch.lastLine = line.number;
      bytes += line.bytes;
      addLine(batch, line, kind, countries);
      if (batch.lastLine - batch.linesBefore >= batchLines || bytes >= batchBytes) {
        yield batch;
        batch = undefined;
        bytes = 0;
      }
    }
  }
  if (batch) {
    yield batch;
  }
}

function addLine(batch: Batch, { number, text }: Line, kind: ImportKind, countries: ReadonlySet<string>): void {
  try {
    const fields = new Fields(parse(text), '', kind.keys);
    const rows = kind.read(fields, { line: number, countries });
    for (const [table, added] of Object.entries(rows)) {
      (batch.rows[table] as Value[][]).push(...added);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    batch.refused.push({ line: number, code: error.code, message: error.message });
  }
}

function parse(text: Line['text']): unknown {
  if (typeof text !== 'string') {
    throw text.code === 'LINE_TOO_LONG'
      ? new Refusal('LINE_TOO_LONG', `The line has more than ${maxLineBytes} bytes; shorten it.`)
      : new Refusal('NOT_UTF8', 'The line is not UTF-8; save the file in that encoding.');
  }
  if (text.trim() === '') {
    throw new Refusal('NOT_JSON', 'The line is empty; leave it out.');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('NOT_JSON', `The line is not JSON: ${shown(text)}; give one JSON object a line.`);
  }
}

function emptyRows({ staging }: ImportKind): StagedRows {
  return Object.fromEntries(staging.map(({ name }) => [name, []]));
}
