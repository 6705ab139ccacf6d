import { Readable } from 'node:stream';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { BackupError } from '../backup-error.js';

/** The keys of archives, in the forms of age: https://age-encryption.org. */
export interface BackupKeys {
  /** Whom archives are encrypted for; none for archives that anybody can read. */
  recipients: readonly string[];
  /** By which archives are read. */
  identities: readonly string[];
}

/** What a file that age has encrypted begins with. */
const ageMagic = Buffer.from('age-encryption.org/');

/** Encrypts what comes, for those who are named. */
export async function encrypt(content: Readable, { recipients }: BackupKeys): Promise<Readable> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new BackupError(
        `BACKUP_RECIPIENTS has "${recipient}", which is no recipient of age (${(error as Error).message}).`,
      );
    }
  }
  return fromWeb(await encrypter.encrypt(toWeb(content)));
}

/**
 * What an archive holds, decrypted where it is encrypted.
 * @throws BackupError when none of the keys opens it
 */
export async function decrypt(content: Readable, { identities }: BackupKeys): Promise<Readable> {
  const { begin, whole } = await peek(content, ageMagic.length);
  if (!begin.equals(ageMagic)) {
    return whole;
  }
  if (identities.length === 0) {
    throw new BackupError('It is encrypted, and no key is there to open it: set BACKUP_IDENTITIES.');
  }
  const decrypter = new Decrypter();
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity);
    } catch {
      throw new BackupError('BACKUP_IDENTITIES has a text that is no identity of age (AGE-SECRET-KEY-1…).');
    }
  }
  try {
    return fromWeb(await decrypter.decrypt(toWeb(whole)));
  } catch (error) {
    whole.destroy();
    if (/no identity matched/i.test((error as Error).message)) {
      throw new BackupError(
        'It was encrypted for others: none of the keys in BACKUP_IDENTITIES opens it. Set the one that belongs to the recipient that it was made for.',
      );
    }
    throw error;
  }
}

/** A new identity, by which archives are read, and its recipient, for whom they are encrypted. */
export async function generateKey(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

function toWeb(content: Readable): ReadableStream<Uint8Array> {
  // With bytes of its own: the library keeps no chunk, and a queue of chunks would be as long as their number allows.
  return Readable.toWeb(content, { strategy: { highWaterMark: 2 } }) as ReadableStream<Uint8Array>;
}

function fromWeb(content: ReadableStream<Uint8Array>): Readable {
  return Readable.fromWeb(content as Parameters<typeof Readable.fromWeb>[0]);
}

/** The first bytes of a stream, and the stream as it was. */
async function peek(content: Readable, length: number): Promise<{ begin: Buffer; whole: Readable }> {
  const chunks = content.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  const first: Buffer[] = [];
  let size = 0;
  while (size < length) {
    const { value, done } = await chunks.next();
    if (done) {
      break;
    }
    first.push(value);
    size += value.length;
  }
  const begin = Buffer.concat(first);
  const whole = Readable.from(joined(begin, chunks, content), { objectMode: false });
  return { begin: begin.subarray(0, length), whole };
}

async function* joined(begin: Buffer, rest: AsyncIterable<Buffer>, source: Readable): AsyncGenerator<Buffer> {
  try {
    yield begin;
    yield* rest;
  } finally {
    source.destroy();
  }
}
