import type { Readable } from 'node:stream';
import { BackupError } from './backup-error.js';

/** Breaks a stream off when a signal says so. */
export function stopping<Stream extends Readable>(stream: Stream, signal: AbortSignal | undefined): Stream {
  const stop = () => void stream.destroy(stopped());
  signal?.addEventListener('abort', stop);
  stream.once('close', () => signal?.removeEventListener('abort', stop));
  if (signal?.aborted) {
    stop();
  }
  return stream;
}

/** Somebody has stopped what was under way. */
export function stopped(): BackupError {
  return new BackupError('Stopped before the end, so nothing was changed.');
}
