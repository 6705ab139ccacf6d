import { once } from 'node:events';
import type { ImportSummary } from '../../bulk/import-file.js';
import type { RefusedRow } from '../../bulk/refusal.js';
import type { ImportReport } from './text-report.js';

/** Tells a program, as one JSON object on standard output that is written as it comes, so that memory stays flat. */
export class JsonReport implements ImportReport {
  #rows = 0;

  start(): void {}

  async refuse(rows: readonly RefusedRow[]): Promise<void> {
    for (const row of rows) {
      await write(`${this.#rows === 0 ? '{"refusedRows":[' : ','}\n${JSON.stringify(row)}`);
      this.#rows += 1;
    }
  }

  async end(summary: ImportSummary & { seconds: number }): Promise<void> {
    await write(`${this.#rows === 0 ? '{"refusedRows":[' : '\n'}],\n"summary":${JSON.stringify(summary)}}\n`);
  }
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) {
    await once(process.stdout, 'drain');
  }
}
