import { rowByKey } from '../database/loaders.js';
import { Session } from './session.entity.js';
import { User } from './user.entity.js';

/** A user by their key. */
export const userById = rowByKey(User);

/** A session by its key. */
export const sessionById = rowByKey(Session);
