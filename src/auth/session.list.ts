import { type List, pagesPointingTo } from '../database/list.js';
import { Session } from './session.entity.js';

/** Somebody's sessions, by when they signed in. */
const sessionList: List<Session, undefined, 'CREATED_AT'> = {
  name: 'sessions',
  entity: Session,
  sorts: { CREATED_AT: ['createdAt', 'id'] },
  narrow: () => {},
};

/** A page of a user's sessions. */
export const sessionsOfUser = pagesPointingTo(sessionList, 'user');
