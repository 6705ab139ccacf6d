/** Why an import or export as a whole cannot be done, in words for the person who asked for it. */
export class BulkError extends Error {
  override name = 'BulkError';
}
