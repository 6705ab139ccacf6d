import { loadConfig } from '../config.js';
import { type DatabaseServer, openDatabaseServer } from '../database/server.js';
import { exitCodeOf, untilSignal } from '../signals.js';

/**
 * Does something with the database that the settings name, and leaves it whatever happens.
 * @param work is told of Ctrl-C and SIGTERM by its signal, whose reason says which, and should then come to an end
 */
export async function withDatabase<Result>(
  work: (database: DatabaseServer, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  void untilSignal().then(name => stop.abort(name));
  const database = await openDatabaseServer(loadConfig().database);
  try {
    return await work(database, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      process.exitCode = exitCodeOf(stop.signal);
    }
    throw error;
  } finally {
    await database.release();
  }
}
