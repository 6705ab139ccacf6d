import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { projectFolder } from '../../project-folder.js';
import { MigrateError } from '../migrate-error.js';
import { parseRecord, readOwnRecord, recordPath, type StatementRecord } from './statement-record.js';

/** What the older program sends, and what it is called. */
export interface Base {
  name: string;
  record: StatementRecord;
}

const run = promisify(execFile);

/**
 * The record of an older commit: of a name that git knows, or without one of the newest tag that can be reached, else of the last commit. Where there is
 * no git, as in an image, it is the one in the folder.
 * @throws MigrateError when a name is given and there is no record
 */
export async function readBase(reference?: string): Promise<Base> {
  if (reference !== undefined) {
    const text = await readAt(reference);
    if (text === undefined) {
      throw new MigrateError(`git has no ${recordPath} at ${reference}; give a tag, a branch or a commit that has it.`);
    }
    return { name: reference, record: parseRecord(text, `${reference}:${recordPath}`) };
  }
  const tag = await git('describe', '--tags', '--abbrev=0').catch(() => undefined);
  for (const name of [...(tag === undefined ? [] : [tag.trim()]), 'HEAD']) {
    const text = await readAt(name);
    if (text !== undefined) {
      return { name, record: parseRecord(text, `${name}:${recordPath}`) };
    }
  }
  return { name: recordPath, record: parseRecord(await readOwnRecord(), recordPath) };
}

async function readAt(reference: string): Promise<string | undefined> {
  // A name that begins with a dash would be an option.
  return reference.startsWith('-') ? undefined : git('show', `${reference}:./${recordPath}`).catch(() => undefined);
}

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: projectFolder, maxBuffer: 2 ** 26 })).stdout;
}
