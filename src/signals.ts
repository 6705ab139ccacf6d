/** Signals that come together are one: npm passes on a Ctrl-C that the terminal has sent to all of its processes. */
const together = 1000;

/** Waits for Ctrl-C or SIGTERM. One that comes a second later or more ends the process at once, for those who can't wait. */
export function untilSignal(): Promise<void> {
  return new Promise(resolve => {
    let since: number | undefined;
    const stop = () => {
      if (since !== undefined && Date.now() - since > together) {
        process.exit(1);
      }
      since ??= Date.now();
      resolve();
    };
    // Not `once`: a library that also listens takes an end of the last other listener for leave to end the process.
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
