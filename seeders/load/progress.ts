import { SingleBar } from 'cli-progress';

const millisecondsBetweenLines = 5000;

/** Shows on standard error how far a load is: a bar in a terminal, elsewhere a plain line now and then. */
export class Progress {
  private readonly bar: SingleBar | undefined;
  private done = 0;
  private lastLine = Date.now();

  constructor(private readonly total: number) {
    if (process.stderr.isTTY) {
      const format = '{bar} {percentage}% | {part} | {duration_formatted} so far, {eta_formatted} to go';
      // The terminal's modes stay as they are, so that a Ctrl-C may end the load at once.
      this.bar = new SingleBar({ format, barCompleteChar: '#', hideCursor: false, linewrap: true });
      this.bar.start(total, 0, { part: '' });
    }
  }

  /** So many more of a part are done. */
  add(count: number, part: string): void {
    this.done += count;
    this.bar?.update(this.done, { part });
    if (!this.bar && Date.now() - this.lastLine >= millisecondsBetweenLines) {
      this.lastLine = Date.now();
      console.error(`${Math.floor((100 * this.done) / this.total)} % done, loading ${part}`);
    }
  }

  /** Ends the bar's line; calling it again does nothing. */
  stop(): void {
    this.bar?.stop();
  }
}
