/** Why a load cannot be done, in words for the person who asked for it. */
export class LoadError extends Error {
  override name = 'LoadError';
}
