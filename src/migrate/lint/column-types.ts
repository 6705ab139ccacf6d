import type { Node, TypeName } from 'libpg-query';
import { nameParts } from './ast.js';

/** A column's type, under PostgreSQL's own name for it. */
export interface ColumnType {
  /** With its schema where that is not PostgreSQL's own. */
  name: string;
  /** What stands in parentheses, such as 10 and 2 of `numeric(10, 2)`. */
  modifiers: number[];
  isArray: boolean;
}

/** A domain, as far as it matters to a column that gets or leaves it. */
export interface Domain {
  base: ColumnType;
  isConstrained: boolean;
}

const aliases: Record<string, string> = {
  serial: 'int4',
  serial4: 'int4',
  bigserial: 'int8',
  serial8: 'int8',
  smallserial: 'int2',
  serial2: 'int2',
  int: 'int4',
  integer: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  boolean: 'bool',
  decimal: 'numeric',
};

const serials = new Set(Object.keys(aliases).filter(name => name.includes('serial')));

export function isSerial(type: TypeName | undefined): boolean {
  return serials.has(nameParts(type?.names).join('.'));
}

export function columnType({ names, typmods, arrayBounds }: TypeName): ColumnType {
  const written = nameParts(names)
    .filter((part, index, { length }) => part !== 'pg_catalog' || index === length - 1)
    .join('.');
  const name = aliases[written] ?? written;
  const modifiers = (typmods ?? []).map(integerOf);
  return {
    name,
    modifiers,
    isArray: (arrayBounds?.length ?? 0) > 0,
  };
}

function integerOf(node: Node): number {
  return 'A_Const' in node ? (node.A_Const.ival?.ival ?? 0) : Number.NaN;
}

/** A type as it is written in SQL, for messages. */
export function typeText({ name, modifiers, isArray }: ColumnType): string {
  return `${name}${modifiers.length > 0 ? `(${modifiers.join(', ')})` : ''}${isArray ? '[]' : ''}`;
}

/** Types whose values are stored alike, so that PostgreSQL only gives them another name: from -> to. */
const sameBytes: Record<string, readonly string[]> = {
  varchar: ['text', 'bpchar', 'citext'],
  text: ['varchar', 'bpchar', 'citext'],
  citext: ['text', 'varchar', 'bpchar'],
  xml: ['text', 'varchar', 'bpchar'],
  cidr: ['inet'],
  bit: ['varbit'],
  varbit: ['bit'],
  int4: ['oid', 'regclass', 'regtype', 'regproc', 'regrole', 'regnamespace'],
  oid: ['int4', 'regclass', 'regtype', 'regproc', 'regrole', 'regnamespace'],
  regclass: ['oid', 'int4'],
  regtype: ['oid', 'int4'],
};

/** The precision that times have where none is said, which is also the greatest. */
const mostDigitsOfSeconds = 6;

/**
 * Whether values of a type become those of another without being written anew, as PostgreSQL decides it: they are stored
 * alike, and what the new type's modifiers would do to a value is nothing. `test/migrate/lint/column-types.test.ts` compares
 * this with a server.
 */
export function isFreeWidening(from: ColumnType, to: ColumnType, domains: ReadonlyMap<string, Domain>): boolean {
  const domain = domains.get(to.name);
  if (domain && !to.isArray) {
    return sameType(from, to) || (!domain.isConstrained && isFreeWidening(from, domain.base, domains));
  }
  const leaving = domains.get(from.name);
  if (leaving && !from.isArray) {
    // PostgreSQL no longer knows the modifiers of what a domain is made of.
    return isFreeWidening({ ...leaving.base, modifiers: [] }, to, domains);
  }
  if (bareName(from) === bareName(to) && from.isArray === to.isArray) {
    return to.modifiers.length === 0 || sameType(from, to) || (!to.isArray && keepsValues(from, to));
  }
  const isStoredAlike = !from.isArray && !to.isArray && (sameBytes[bareName(from)]?.includes(bareName(to)) ?? false);
  return isStoredAlike && to.modifiers.length === 0;
}

function sameType(from: ColumnType, to: ColumnType): boolean {
  return typeText(from) === typeText(to);
}

/** The name without the schema of an extension. */
function bareName({ name }: ColumnType): string {
  return name === 'extensions.citext' || name === 'platform.citext' ? 'citext' : name;
}

/** Whether the modifiers of the new type leave every value of the old one as it is. */
function keepsValues({ name, modifiers: from }: ColumnType, { modifiers: to }: ColumnType): boolean {
  const [old, oldScale = 0] = from;
  const [wanted = 0, wantedScale = 0] = to;
  switch (name) {
    case 'varchar':
    case 'varbit':
      return old !== undefined && wanted >= old;
    case 'numeric':
      return old !== undefined && wanted >= old && wantedScale === oldScale;
    case 'timestamp':
    case 'timestamptz':
    case 'time':
    case 'timetz':
      return wanted >= mostDigitsOfSeconds || (old !== undefined && wanted >= old);
    case 'interval':
      return keepsInterval(from, to);
    default:
      return false;
  }
}

/** The fields of `interval`'s modifier, as bits, from the least to the greatest. */
const intervalFields = [12, 11, 10, 3, 1, 2].map(bit => 1 << bit);
const allIntervalFields = 0x7fff;

function keepsInterval(from: number[], to: number[]): boolean {
  const [oldFields = allIntervalFields, oldDigits = mostDigitsOfSeconds] = from;
  const [fields = allIntervalFields, digits = mostDigitsOfSeconds] = to;
  const oldLeast = leastIntervalField(oldFields);
  return (
    leastIntervalField(fields) <= oldLeast &&
    (oldLeast > 0 || digits >= mostDigitsOfSeconds || (from.length > 0 && digits >= oldDigits))
  );
}

function leastIntervalField(fields: number): number {
  return fields === allIntervalFields ? 0 : intervalFields.findIndex(bit => (fields & bit) !== 0);
}
