import { randomBytes } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { hashOf } from './random-token.js';
import { invalidToken, tokenExpired } from '../errors.js';

/** What an access token says. */
export interface Claims {
  /** The tenant's id. */
  tenant: string;
  /** The session's id. */
  session: string;
  /** When it expires, in seconds since 1970. */
  expiresAt: number;
}

/** Tokens whose signature was checked and need not be checked again. */
const remembered = 10_000;

const algorithm = 'HS256';

/**
 * Signs and checks access tokens: JSON Web Tokens that say which session of which tenant a request belongs to. What the
 * session's user may do is not in them, so that a change of it holds at once.
 */
export class AccessTokens {
  /** By their names, which say nothing of them. */
  readonly #keys: Map<string, Uint8Array>;
  readonly #checked = new LRUCache<string, Claims>({ max: remembered });

  /**
   * @param secrets the first signs, all are taken; without any, one of this process alone
   * @param minutes how long a token is good for
   */
  constructor(
    secrets: readonly string[] | undefined,
    private readonly minutes: number,
  ) {
    this.#keys = new Map(
      (secrets ?? [randomBytes(32).toString('base64')]).map(secret => [
        hashOf(secret).slice(0, 8),
        new TextEncoder().encode(secret),
      ]),
    );
  }

  /** A token for a session, and when it expires. */
  async sign(
    { tenant, session }: Omit<Claims, 'expiresAt'>,
    minutes = this.minutes,
  ): Promise<{ token: string; expiresAt: Date }> {
    const [[kid, key]] = [...this.#keys] as [[string, Uint8Array]];
    const expiresAt = Math.floor(Date.now() / 1000) + minutes * 60;
    const token = await new SignJWT({ tid: tenant, sid: session })
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid })
      .setExpirationTime(expiresAt)
      .sign(key);
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }

  /**
   * What a token says.
   * @throws DomainError INVALID_TOKEN or TOKEN_EXPIRED
   */
  async check(token: string): Promise<Claims> {
    const claims = this.#checked.get(token) ?? (await this.#verify(token));
    if (claims.expiresAt * 1000 <= Date.now()) {
      throw tokenExpired();
    }
    return claims;
  }

  async #verify(token: string): Promise<Claims> {
    try {
      const key = this.#keys.get(decodeProtectedHeader(token).kid ?? '');
      if (!key) {
        throw invalidToken();
      }
      const { payload } = await jwtVerify<{ tid: string; sid: string }>(token, key, {
        algorithms: [algorithm],
        typ: 'at+jwt',
        requiredClaims: ['exp', 'tid', 'sid'],
      });
      const claims = { tenant: payload.tid, session: payload.sid, expiresAt: payload.exp! };
      this.#checked.set(token, claims);
      return claims;
    } catch (error) {
      throw error instanceof errors.JWTExpired ? tokenExpired() : invalidToken();
    }
  }
}
