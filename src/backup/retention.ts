/** How many archives of a tenant are kept: the newest of so many days, weeks and months that have any, and the last ones. */
export interface Retention {
  last: number;
  daily: number;
  weekly: number;
  monthly: number;
}

/** What is known of an archive when it is decided whether it is kept. */
export interface Retained {
  createdAt: Date;
  verifiedAt: Date | null;
}

/** Why an archive is kept. */
export type Reason = keyof Retention | 'last verified';

/** What one rule takes for the same: of archives with the same text, the newest is kept. Days begin at midnight in UTC, weeks on Monday. */
const periods: Record<keyof Retention, (time: Date) => string> = {
  last: time => time.toISOString(),
  daily: dayOf,
  weekly: time => dayOf(new Date(time.getTime() - ((time.getUTCDay() + 6) % 7) * millisecondsOfDay)),
  monthly: time => time.toISOString().slice(0, 7),
};

const millisecondsOfDay = 24 * 60 * 60 * 1000;

/**
 * The archives of one tenant that are kept, each with the rules that keep it. Each rule looks at all archives, so one may be
 * kept by several. Where some were verified but none of those would stay, the newest of them does.
 */
export function keptArchives<Archive extends Retained>(
  archives: readonly Archive[],
  retention: Retention,
): Map<Archive, Reason[]> {
  const newestFirst = archives.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const kept = new Map<Archive, Reason[]>();
  const keep = (archive: Archive, reason: Reason) => kept.set(archive, [...(kept.get(archive) ?? []), reason]);
  for (const rule of ['last', 'daily', 'weekly', 'monthly'] as const) {
    const seen = new Set<string>();
    for (const archive of newestFirst) {
      const period = periods[rule](archive.createdAt);
      if (!seen.has(period) && seen.size < retention[rule]) {
        seen.add(period);
        keep(archive, rule);
      }
    }
  }
  const lastVerified = newestFirst.find(({ verifiedAt }) => verifiedAt);
  if (lastVerified && ![...kept.keys()].some(({ verifiedAt }) => verifiedAt)) {
    keep(lastVerified, 'last verified');
  }
  return kept;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
