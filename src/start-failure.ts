import { ConfigError } from './config/parse-settings.js';
import { DatabaseServerError } from './database/server.js';
import { WorkersError } from './workers.js';

/** What a person is told of a start that failed: one sentence where we know the remedy, else all there is. */
export function explainStartFailure(error: unknown): unknown {
  if (error instanceof ConfigError || error instanceof DatabaseServerError || error instanceof WorkersError) {
    return error.message;
  }
  const { code, port, address, hostname } = error as {
    code?: string;
    port?: number;
    address?: string;
    hostname?: string;
  };
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use; set PORT to another, such as PORT=${port! + 1}.`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST is "${address ?? hostname}", which is no address of this machine; use localhost, or 0.0.0.0 for all.`;
  }
  return error;
}
