import { SingleBar } from 'cli-progress';

/** Shows how far a load is: a bar in a terminal, else a plain line now and then. */
export class Progress {
  private readonly bar: SingleBar;

  constructor(total: number) {
    const interactive = process.stderr.isTTY;
    this.bar = new SingleBar({
      format: interactive
        ? '{bar} {percentage}% | {part} | {duration_formatted}, {eta_formatted} to go'
        : 'Loading {part}: {percentage}% done after {duration_formatted}',
      barCompleteChar: '#',
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 5000,
      gracefulExit: true,
    });
    this.bar.start(total, 0, { part: '' });
  }

  /** So many more of a part are done. */
  add(count: number, part: string): void {
    this.bar.increment(count, { part });
  }

  stop(): void {
    this.bar.stop();
  }
}
