import { SingleBar } from 'cli-progress';

/** Shows on standard error how far a command is; nothing where that is no terminal. */
export class ProgressBar {
  #bar: SingleBar | undefined;

  /** @param unit what is counted */
  constructor(private readonly unit = 'lines') {}

  /** So much of so much is done, and these lines, or whatever is counted. */
  show(done: number, total: number, count = done): void {
    if (!process.stderr.isTTY) {
      return;
    }
    if (!this.#bar) {
      const format = `{bar} {percentage}% | {count} ${this.unit} | {duration_formatted} so far, {eta_formatted} to go`;
      // The terminal's modes stay as they are, so that a Ctrl-C reaches the command.
      this.#bar = new SingleBar({ format, barCompleteChar: '#', hideCursor: false, linewrap: true });
      this.#bar.start(total, 0, { count: 0 });
    }
    this.#bar.update(done, { count: count.toLocaleString('en') });
  }

  /** Ends the bar's line; calling it again does nothing. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
