/** PostgreSQL's locks of tables, from the weakest to the strongest. */
export const lockModes = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;

export type LockMode = (typeof lockModes)[number];

/** Whether a lock is as strong as another, or stronger. */
export function isAtLeast(lock: LockMode, other: LockMode): boolean {
  return lockModes.indexOf(lock) >= lockModes.indexOf(other);
}

export function strongerOf(lock: LockMode, other: LockMode): LockMode {
  return isAtLeast(lock, other) ? lock : other;
}

/** What others cannot do to a table while the lock is held. */
export function blockedBy(lock: LockMode): string {
  if (lock === 'ACCESS EXCLUSIVE') {
    return 'blocks reads and writes';
  }
  return isAtLeast(lock, 'SHARE') ? 'blocks writes' : 'lets others read and write';
}

/** A lock by the name that `pg_locks` has for it, such as `AccessShareLock`. */
export function lockOfName(name: string): LockMode | undefined {
  return lockModes.find(mode => `${mode.replaceAll(' ', '').toLowerCase()}lock` === name.toLowerCase());
}
