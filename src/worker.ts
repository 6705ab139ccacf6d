import { inspect } from 'node:util';
import { explainStartFailure } from './start-failure.js';
import { untilSignal } from './signals.js';
import type { Order, Report } from './workers.js';

/**
 * Serves as one of several processes, until a signal or the primary process says to stop. When the primary one dies, Node
 * ends this one.
 */
export async function serveAsWorker(): Promise<void> {
  const signal = untilSignal();
  const told = new Promise<void>(resolve => process.on('message', message => message === 'stop' && resolve()));
  const { config, databaseUrl } = await new Promise<Order>(resolve => process.once('message', resolve));
  try {
    const { startApp } = await import('./app.js');
    const app = await startApp(config, databaseUrl);
    await report({ url: app.url });
    await Promise.race([signal, told]);
    await app.close();
  } catch (error) {
    const explained = explainStartFailure(error);
    await report({ failure: typeof explained === 'string' ? explained : inspect(explained) });
  } finally {
    process.disconnect();
  }
}

function report(message: Report): Promise<void> {
  return new Promise((resolve, reject) =>
    process.send!(message, (error: Error | null) => (error ? reject(error) : resolve())),
  );
}
