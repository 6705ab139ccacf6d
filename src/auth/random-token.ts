import { createHash, randomBytes } from 'node:crypto';

/** A token that nobody can guess: 256 random bits, in base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a token, or of who is counted: whoever reads the database cannot use the one, nor read the other. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
