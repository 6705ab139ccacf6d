import { LiveCache } from '../database/live-cache.js';
import type { Notifications } from '../database/notifications.js';
import type { ReadPool } from '../database/reader.js';
import { sessionEnded } from '../errors.js';
import { permissionsOfAnonymous, permissionsOfRole, permissionsOfVisitor } from '../permissions.js';
import { platformSchema } from '../database/schemas.js';
import type { Viewer, ViewerUser } from '../viewer.js';
import { Session } from './session.entity.js';
import { User, UserState } from './user.entity.js';

/** Sessions that are kept at hand. */
const remembered = 10_000;

/** The channel on which triggers of `users` and `sessions` tell of changes (see the migrations). */
const channel = 'pier2_access';

interface SignedIn {
  schema: string;
  user: ViewerUser;
  endsAt: number;
}

/** Who sends a request, by the session that its token names. */
export class Viewers {
  readonly #sessions: LiveCache<SignedIn | undefined>;
  readonly #anonymous: Viewer;

  /** @param publicCatalogue whether anybody may see a shop's catalogue */
  constructor(
    private readonly reads: ReadPool,
    notifications: Notifications,
    publicCatalogue: boolean,
  ) {
    this.#anonymous = { user: undefined, permissions: publicCatalogue ? permissionsOfVisitor : permissionsOfAnonymous };
    this.#sessions = new LiveCache(
      key => this.#read(key),
      () => notifications.areLive,
      remembered,
    );
    notifications.onConnected(() => this.#sessions.forget());
    notifications.on(channel, payload => {
      const changed = JSON.parse(payload) as { schema: string; user: string };
      this.forgetUser(changed.schema, changed.user);
    });
  }

  /** Forgets a user, of whom something has changed. */
  forgetUser(schema: string, user: string): void {
    this.#sessions.forget(session => session?.schema === schema && session.user.id === user);
  }

  /** Somebody who has not signed in, in a tenant's schema. */
  anonymous(schema: string): Viewer {
    // The platform has no catalogue.
    return schema === platformSchema ? { user: undefined, permissions: permissionsOfAnonymous } : this.#anonymous;
  }

  /**
   * Who has signed in to a session.
   * @throws DomainError SESSION_ENDED when it was ended, or its user is no longer active
   */
  async ofSession(schema: string, sessionId: string): Promise<Viewer> {
    const session = await this.#sessions.get(`${schema}.${sessionId}`);
    if (!session || session.endsAt <= Date.now()) {
      throw sessionEnded();
    }
    return { user: session.user, permissions: permissionsOfRole[session.user.role] };
  }

  async #read(key: string): Promise<SignedIn | undefined> {
    const [schema, sessionId] = key.split('.') as [string, string];
    const reader = this.reads.reader(schema);
    const [sessions, users] = [reader.table(Session), reader.table(User)];
    const [row] = await reader.run<ViewerUser & { endsAt: Date }>(
      `select u.${users.column('id')} as id, u.${users.column('name')} as name, u.${users.column('email')} as email,
         u.${users.column('role')} as role, s.${sessions.column('id')} as "sessionId", s.${sessions.column('expiresAt')} as "endsAt"
       from ${sessions.name} s join ${users.name} u on u.${users.column('id')} = s.${sessions.column('user')}
       where s.${sessions.column('id')} = $1::uuid and s.${sessions.column('endedAt')} is null
         and u.${users.column('state')} = '${UserState.ACTIVE}'`,
      [sessionId],
    );
    if (!row) {
      return undefined;
    }
    const { endsAt, ...user } = row;
    return { schema, user, endsAt: endsAt.getTime() };
  }
}
