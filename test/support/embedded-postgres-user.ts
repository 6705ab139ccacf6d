/**
 * A process of its own that uses an embedded server: `node … embedded-postgres-user.ts FOLDER [--end]`.
 * It prints the server's URL, then waits for the end of its input before it releases the server.
 * With --end it ends at once instead, without a word to the server.
 */
import { once } from 'node:events';
import { acquireEmbeddedPostgres } from '../../src/database/embedded/index.js';

const [folder, end] = process.argv.slice(2);
const server = await acquireEmbeddedPostgres({ folder: folder! });
console.log(server.url('postgres'));
if (end !== '--end') {
  await once(process.stdin.resume(), 'end');
  await server.release();
}
