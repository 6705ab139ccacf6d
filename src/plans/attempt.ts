import { GraphQLError } from 'graphql';
import { DomainError } from '../errors.js';
import { Unplanned } from './unplanned.js';

/**
 * What can be made; undefined where a plan does not know something, or something is refused: who answers the long way then
 * says what is, each in its place.
 */
export function attempt<Made>(make: () => Made): Made | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unplanned || error instanceof DomainError || error instanceof GraphQLError) {
      return undefined;
    }
    throw error;
  }
}
