/** Waits for Ctrl-C or SIGTERM. A second one ends the process at once, for those who can't wait. */
export function untilSignal(): Promise<void> {
  return new Promise(resolve => {
    let stopping = false;
    const stop = () => {
      if (stopping) {
        process.exit(1);
      }
      stopping = true;
      resolve();
    };
    // Not `once`: a library that also listens takes an end of the last other listener for leave to end the process.
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
