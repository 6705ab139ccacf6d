import type { IncomingMessage } from 'node:http';

const maxActor = 200;

/**
 * Who sends a request, for the history: what the header `x-actor` says, in UTF-8. It is taken as it is given, so what
 * stands before this API has to set it.
 */
export function actorOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const header = headers['x-actor'];
  // Node reads headers as Latin-1.
  const text = typeof header === 'string' ? Buffer.from(header, 'latin1').toString().trim() : '';
  return text.replace(/\0/g, '').slice(0, maxActor).toWellFormed() || 'anonymous';
}
