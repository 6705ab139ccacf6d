import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keptArchives, type Retained, type Retention } from '../../src/backup/retention.js';

const nothing: Retention = { last: 0, daily: 0, weekly: 0, monthly: 0 };

/** What stays of archives of these times, with the rules that keep them; `*` stands behind those that were verified. */
function kept(times: string[], retention: Partial<Retention>): Record<string, string> {
  const archives = times.map(archiveOf);
  const reasons = keptArchives(archives, { ...nothing, ...retention });
  return Object.fromEntries(
    archives.flatMap((archive, index) => {
      const why = reasons.get(archive);
      return why ? [[times[index], why.join(', ')]] : [];
    }),
  );
}

function archiveOf(time: string): Retained {
  const createdAt = new Date(time.replace('*', ''));
  return { createdAt, verifiedAt: time.endsWith('*') ? createdAt : null };
}

/** Archives of each day at two in the morning, the latest last. */
function nightly(from: string, days: number): string[] {
  return Array.from({ length: days }, (_, day) => {
    const time = new Date(`${from}T02:00:00Z`);
    time.setUTCDate(time.getUTCDate() + day);
    return time.toISOString().replace('.000', '');
  });
}

describe('keep-last', () => {
  test('keeps the newest, in whatever order they come', () => {
    expect(kept(['2026-11-02T02:00:00Z', '2026-11-03T02:00:00Z', '2026-11-01T02:00:00Z'], { last: 2 })).toEqual({
      '2026-11-02T02:00:00Z': 'last',
      '2026-11-03T02:00:00Z': 'last',
    });
  });

  test('keeps all where there are fewer', () => {
    expect(kept(['2026-11-02T02:00:00Z'], { last: 5 })).toEqual({ '2026-11-02T02:00:00Z': 'last' });
  });
});

describe('keep-daily', () => {
  test('keeps the newest of a day, which begins at midnight in UTC', () => {
    const times = ['2026-11-20T23:59:59Z', '2026-11-21T00:00:00Z', '2026-11-21T12:00:00Z'];
    expect(kept(times, { daily: 7 })).toEqual({ '2026-11-20T23:59:59Z': 'daily', '2026-11-21T12:00:00Z': 'daily' });
  });

  test('counts the days that have archives alone, so nothing goes because none were made lately', () => {
    const times = ['2025-01-01T02:00:00Z', '2025-06-01T02:00:00Z', '2026-11-20T02:00:00Z', '2026-11-21T02:00:00Z'];
    expect(Object.keys(kept(times, { daily: 3 }))).toEqual(times.slice(1));
  });
});

describe('keep-weekly', () => {
  test('keeps the newest of a week, which begins on Monday', () => {
    const [saturday, sunday, monday] = nightly('2026-11-14', 3);
    expect(kept([saturday!, sunday!, monday!], { weekly: 4 })).toEqual({ [sunday!]: 'weekly', [monday!]: 'weekly' });
  });

  test('takes a week for one that lies in two years', () => {
    const days = nightly('2026-12-28', 7);
    expect(days.at(-1)).toBe('2027-01-03T02:00:00Z');
    expect(Object.keys(kept(days, { weekly: 4 }))).toEqual(['2027-01-03T02:00:00Z']);
  });
});

describe('keep-monthly', () => {
  test('keeps the newest of a month, also of one with a leap day', () => {
    expect(Object.keys(kept(nightly('2028-02-01', 60), { monthly: 12 }))).toEqual([
      '2028-02-29T02:00:00Z',
      '2028-03-31T02:00:00Z',
    ]);
  });
});

describe('several rules', () => {
  test('keep together what each of them keeps', () => {
    expect(kept(nightly('2026-09-01', 82), { last: 1, daily: 7, weekly: 4, monthly: 3 })).toEqual({
      '2026-09-30T02:00:00Z': 'monthly',
      '2026-10-31T02:00:00Z': 'monthly',
      '2026-11-01T02:00:00Z': 'weekly',
      '2026-11-08T02:00:00Z': 'weekly',
      '2026-11-15T02:00:00Z': 'daily, weekly',
      '2026-11-16T02:00:00Z': 'daily',
      '2026-11-17T02:00:00Z': 'daily',
      '2026-11-18T02:00:00Z': 'daily',
      '2026-11-19T02:00:00Z': 'daily',
      '2026-11-20T02:00:00Z': 'daily',
      '2026-11-21T02:00:00Z': 'last, daily, weekly, monthly',
    });
  });
});

describe('the last verified archive', () => {
  test('stays where no other verified one does', () => {
    expect(
      kept([...['2026-11-01T02:00:00Z*', '2026-11-02T02:00:00Z*'], ...nightly('2026-11-03', 5)], { last: 2 }),
    ).toEqual({
      '2026-11-02T02:00:00Z*': 'last verified',
      '2026-11-06T02:00:00Z': 'last',
      '2026-11-07T02:00:00Z': 'last',
    });
  });

  test('goes where a newer one was verified and stays', () => {
    expect(kept(['2026-11-01T02:00:00Z*', '2026-11-02T02:00:00Z*', '2026-11-03T02:00:00Z'], { last: 2 })).toEqual({
      '2026-11-02T02:00:00Z*': 'last',
      '2026-11-03T02:00:00Z': 'last',
    });
  });
});

describe('whatever the archives and the rules', () => {
  const time = fc.date({ min: new Date('2024-01-01'), max: new Date('2027-01-01'), noInvalidDate: true });
  const seldom = fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: time });
  const archive = fc.record({ createdAt: time, verifiedAt: seldom });
  const archives = fc.uniqueArray(archive, { maxLength: 40, selector: ({ createdAt }) => createdAt.getTime() });
  const count = fc.nat({ max: 8 });
  const retention = fc.record({ last: count, daily: count, weekly: count, monthly: count });

  test('what stays once stays when it is asked again, and the newest stays where any rule keeps something', () => {
    fc.assert(
      fc.property(archives, retention, (all, rules) => {
        const stay = [...keptArchives(all, rules).keys()];
        expect([...keptArchives(stay, rules).keys()]).toEqual(expect.arrayContaining(stay));
        const newest = all.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
        const keepsAny = Object.values(rules).some(Boolean);
        expect(!newest || !keepsAny || stay.includes(newest)).toBe(true);
        expect(stay.some(({ verifiedAt }) => verifiedAt)).toBe(all.some(({ verifiedAt }) => verifiedAt));
      }),
    );
  });
});
