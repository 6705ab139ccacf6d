/** Signals that come together are one: npm passes on a Ctrl-C that the terminal has sent to all of its processes. */
const together = 1000;

/** What asks a process to end. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** As shells have them: 128 and the signal's number. */
const exitCodes: Record<StopSignal, number> = { SIGINT: 130, SIGTERM: 143 };

/** The exit code of what was stopped by a signal of {@link untilSignal}. */
export function exitCodeOf({ reason }: AbortSignal): number {
  return exitCodes[reason as StopSignal];
}

/** Waits for Ctrl-C or SIGTERM, and tells which. One that comes a second later or more ends the process at once, for those who can't wait. */
export function untilSignal(): Promise<StopSignal> {
  return new Promise(resolve => {
    let since: number | undefined;
    const stop = (signal: StopSignal) => {
      if (since !== undefined && Date.now() - since > together) {
        process.exit(1);
      }
      since ??= Date.now();
      resolve(signal);
    };
    // Not `once`: a library that also listens takes an end of the last other listener for leave to end the process.
    process.on('SIGINT', () => stop('SIGINT'));
    process.on('SIGTERM', () => stop('SIGTERM'));
  });
}
