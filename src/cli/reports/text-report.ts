import type { ImportSummary } from '../../bulk/import-file.js';
import type { RefusedRow } from '../../bulk/refusal.js';

/** Tells somebody what an import does. */
export interface ImportReport {
  /** It begins, after lines that an import before has done. */
  start(linesDone: number): void;
  /** Rows were refused. */
  refuse(rows: readonly RefusedRow[]): Promise<void>;
  /** It is done. */
  end(summary: ImportSummary & { seconds: number }): Promise<void>;
}

/** Refused rows that a terminal shows; the others are counted. */
const shownAtMost = 20;

/** Tells a person, in text. */
export class TextReport implements ImportReport {
  #refused = 0;
  readonly #shown: RefusedRow[] = [];

  /** @param errors the file that has all refused rows */
  constructor(private readonly errors: string | undefined) {}

  start(linesDone: number): void {
    if (linesDone > 0) {
      console.error(`Going on after line ${number(linesDone)}, where an import of this file ended before.`);
    }
  }

  async refuse(rows: readonly RefusedRow[]): Promise<void> {
    this.#refused += rows.length;
    this.#shown.push(...rows.slice(0, shownAtMost - this.#shown.length));
  }

  async end({
    kind,
    lines,
    imported,
    refused,
    importedBefore,
    seconds,
  }: ImportSummary & { seconds: number }): Promise<void> {
    if (importedBefore) {
      const before = `${number(imported)} ${kind} of ${number(lines)} lines, ${number(refused)} refused`;
      console.log(`This file was imported already (${before}); there is nothing to do.`);
      return;
    }
    this.#tellRefused();
    console.log(
      `Imported ${number(imported)} ${kind} of ${number(lines)} lines in ${seconds} s; ${number(refused)} refused.`,
    );
  }

  #tellRefused(): void {
    if (this.errors !== undefined) {
      if (this.#refused > 0) {
        console.error(`${number(this.#refused)} refused rows are in ${this.errors}.`);
      }
      return;
    }
    for (const { line, code, message } of this.#shown) {
      console.error(`Line ${line}: ${code}: ${message}`);
    }
    const others = this.#refused - this.#shown.length;
    if (others > 0) {
      console.error(`… and ${number(others)} more; give --errors FILE to get all of them.`);
    }
  }
}

function number(value: number): string {
  return value.toLocaleString('en');
}
