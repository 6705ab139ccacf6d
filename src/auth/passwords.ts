import argon2 from 'argon2';
import pLimit from 'p-limit';
import { ProblemCode, type Problems } from '../problems.js';

/** Characters of a password at least, as NIST SP 800-63B asks of one that stands alone, and at the most. */
const length = { least: 10, most: 200 };

/** What OWASP's Password Storage Cheat Sheet asks of Argon2id at least. */
const parameters = { type: argon2.argon2id, memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;

/** Hashes that are computed at once, so that a flood of them leaves the threads that others wait for alone. */
const limit = pLimit(2);

/** Reports a password that is too short or too long. */
export function checkPassword(problems: Problems, field: string, password: string): void {
  const { length: characters } = [...password];
  if (characters < length.least || characters > length.most) {
    const message = `${field} has ${characters} characters; choose one with ${length.least} to ${length.most}, such as a few words.`;
    problems.add(ProblemCode.INVALID_PASSWORD, field, message);
  }
}

/** A password's hash, in the PHC string format. Signs that look alike but are written differently count as the same. */
export function hashPassword(password: string): Promise<string> {
  return limit(() => argon2.hash(password.normalize('NFKC'), parameters));
}

let someHash: Promise<string> | undefined;

/** Whether a password fits a hash; without a hash it takes the same time, and does not. */
export async function isPassword(hash: string | null | undefined, password: string): Promise<boolean> {
  someHash ??= hashPassword('nobody’s');
  const compared = hash ?? (await someHash);
  // A longer one is nobody's, and would only cost time.
  const text = password.slice(0, length.most * 2).normalize('NFKC');
  return (await limit(() => argon2.verify(compared, text))) && typeof hash === 'string';
}
