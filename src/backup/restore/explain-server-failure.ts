import { isConnectionFailure } from '../../database/connection-failure.js';
import { BackupError } from '../backup-error.js';

/** What PostgreSQL says where there is no room for more. */
const remedies: Record<string, string | undefined> = {
  '53100': 'the disk of the database is full; make room',
  '53200': 'the server of the database is out of memory',
  '57P01': 'the server of the database ended the connection',
  '57P02': 'the server of the database crashed',
  '57014': 'somebody cancelled the statement',
};

/** What a server whose log has no room does, too: it ends, and the client tells of that in words alone. */
const brokenOff = 'the server of the database broke off the connection, and its log says why';

/** A connection that the server broke off, in a sentence; any other error stays as it is. */
export function explainBrokenOff(error: unknown): unknown {
  return isConnectionFailure(error)
    ? new BackupError(`It failed: ${brokenOff}. Nothing was changed.`, { cause: error })
    : error;
}

/** Does something on the server; a failure says what was done, and that nothing came of it. */
export async function explainServerFailure<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { code = '', message, detail, where } = error as Error & { code?: string; detail?: string; where?: string };
    const isLost = isConnectionFailure(error);
    if (error instanceof BackupError || !(isLost || /^[0-9A-Z]{5}$/.test(code))) {
      throw error;
    }
    const more = [detail, where].filter(Boolean).join('; ');
    const known = isLost ? brokenOff : remedies[code];
    const reason = `${known ?? message}${more ? ` (${more.slice(0, 500)})` : ''}`;
    throw new BackupError(`It failed while ${doing}: ${reason}. Nothing was changed.`, { cause: error });
  }
}
