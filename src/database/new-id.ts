import { v7 } from 'uuid';

/** A new row's id: a UUID of version 7 (RFC 9562), whose leading time keeps new rows together in the index. */
export function newId(): string {
  return v7();
}
