import type { Permission, Role } from './permissions.js';

/** Who sends a request. */
export interface Viewer {
  /** Who has signed in; undefined for anybody. */
  readonly user: ViewerUser | undefined;
  readonly permissions: ReadonlySet<Permission>;
}

/** Somebody who has signed in. */
export interface ViewerUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** The session that was signed in to. */
  readonly sessionId: string;
}
