import { createHash } from 'node:crypto';

/** A column, as values for it are made up. */
export interface Column {
  name: string;
  type: string;
  /** PostgreSQL's letter for types that are alike, such as N for numbers. */
  category: string;
  isRequired: boolean;
  hasDefault: boolean;
  labels: string[] | null;
}

/** Values to be tried for a column, the likeliest first; undefined for its default. */
export function candidatesFor(
  column: Column,
  constraints: readonly string[],
  seed: string,
): (string | null | undefined)[] {
  const literals = constraints.flatMap(text =>
    Array.from(text.matchAll(/'((?:[^']|'')*)'|\b\d+(?:\.\d+)?\b/g), ([all, quoted]) => quoted ?? all),
  );
  return [
    ...(column.hasDefault ? [undefined] : []),
    ...(column.labels ?? []),
    ...(column.labels ? [] : literals),
    ...byType(column, seed),
    ...(column.isRequired ? [] : [null]),
  ];
}

function byType({ type, category }: Column, seed: string): (string | null)[] {
  switch (category) {
    case 'N':
      return ['1', '2', '3', '0', '10', '42'];
    case 'S':
      return [
        'Ford',
        'Arthur Dent',
        'trillian',
        'EUR',
        'DE',
        'en',
        'simple',
        '424242',
        'ford@earth.example',
        'https://earth.example/',
      ];
    case 'B':
      return ['true', 'false'];
    // Long ago, so that nothing that is made up is still alive, due or valid.
    case 'D':
      return ['2001-05-11 10:00Z', '2001-05-12 10:00Z', '2001-05-13 10:00Z'];
    case 'T':
      return ['1 day', '2 days'];
    case 'A':
      return ['{}'];
    case 'I':
      return ['192.0.2.1', '192.0.2.2'];
  }
  if (type === 'uuid') {
    return [createHash('md5').update(seed).digest('hex')];
  }
  return /^jsonb?$/.test(type) ? ['{}', '[]'] : ['1', '', null];
}

/** A number that is the same for the same text. */
export function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}
