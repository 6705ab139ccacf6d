import { SingleBar } from 'cli-progress';

/** Shows on standard error how far a command is; nothing where that is no terminal. */
export class ProgressBar {
  #bar: SingleBar | undefined;

  /** So much of so much is done, and these lines. */
  show(done: number, total: number, lines: number): void {
    if (!process.stderr.isTTY) {
      return;
    }
    if (!this.#bar) {
      const format = '{bar} {percentage}% | {lines} lines | {duration_formatted} so far, {eta_formatted} to go';
      // The terminal's modes stay as they are, so that a Ctrl-C reaches the command.
      this.#bar = new SingleBar({ format, barCompleteChar: '#', hideCursor: false, linewrap: true });
      this.#bar.start(total, 0, { lines: 0 });
    }
    this.#bar.update(done, { lines: lines.toLocaleString('en') });
  }

  /** Ends the bar's line; calling it again does nothing. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
