import { decimalsOf, isCurrency } from '../currencies.js';
import { newId } from '../database/new-id.js';
import { findKey, type NodeTypeName } from '../graphql/global-id.js';
import { isPrice, maxShortText } from '../input-checks.js';
import { instantOf } from './instant.js';
import { Refusal, type RefusalCode, shown } from './refusal.js';

/** The largest number of pieces that a column holds. */
const maxQuantity = 2_147_483_647;

/** Percent as the tables take it, with at most 4 decimals. */
const taxRate = /^(\d{1,2}(\.\d{1,4})?|100(\.0{1,4})?)$/;

/** The values of one object of a line, each checked as it is taken. All methods throw a Refusal. */
export class Fields {
  readonly #values: Record<string, unknown>;

  /**
   * @param path where the object stands in its line, such as `items.0.`; empty for the line's own
   * @param known the keys that it may have
   */
  constructor(
    value: unknown,
    private readonly path: string,
    known: ReadonlySet<string>,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw path === ''
        ? new Refusal('NOT_AN_OBJECT', `The line is ${shown(value)}; give one JSON object a line.`)
        : this.#wrong('WRONG_TYPE', value, '', 'give an object');
    }
    for (const key of Object.keys(value)) {
      if (!known.has(key)) {
        throw new Refusal(
          'UNKNOWN_KEY',
          `${shown(path + key)} is not known; leave it out, or use one of ${[...known].join(', ')}.`,
        );
      }
    }
    this.#values = value as Record<string, unknown>;
  }

  /** A value as it stands; undefined where there is none. */
  raw(name: string): unknown {
    return this.#values[name] ?? undefined;
  }

  /** Text as it stands; blank only where that is allowed. */
  text(name: string, { max = maxShortText, blank = false }: { max?: number; blank?: boolean } = {}): string {
    return this.#text(name, this.#required(name), max, blank);
  }

  /** Text that may be left out or null. */
  optionalText(
    name: string,
    { max = maxShortText, blank = false }: { max?: number; blank?: boolean } = {},
  ): string | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : this.#text(name, value, max, blank);
  }

  /** The key of the object's id, a new one where it has none. */
  id(typeName: NodeTypeName): string {
    return this.optionalId('id', typeName) ?? newId();
  }

  /** The key of an id of a type; undefined where there is none. */
  optionalId(name: string, typeName: NodeTypeName): string | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : this.#key(name, value, typeName);
  }

  /** One of some words. */
  oneOf<Word extends string>(name: string, words: readonly Word[], otherwise?: Word): Word {
    const value = this.raw(name) ?? otherwise ?? this.#required(name);
    if (!words.includes(value as Word)) {
      throw this.#wrong('INVALID_VALUE', value, name, `use one of ${words.join(', ')}`);
    }
    return value as Word;
  }

  /** A decimal price, as text. */
  price(name: string): string {
    return this.#decimal(
      name,
      this.#required(name),
      isPrice,
      'INVALID_PRICE',
      'give 0 or more as text, with at most 12 digits and 4 decimals, such as "24.50"',
    );
  }

  /** Percent, as text. */
  taxRate(name: string): string {
    return this.#decimal(
      name,
      this.raw(name) ?? '0',
      text => taxRate.test(text),
      'INVALID_TAX_RATE',
      'give 0 to 100 as text with at most 4 decimals, such as "20" for 20 %',
    );
  }

  /** A whole number of pieces. */
  quantity(name: string, least: number): number {
    const value = this.#required(name);
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > maxQuantity) {
      throw this.#wrong('INVALID_QUANTITY', value, name, `give a whole number from ${least} to ${maxQuantity}`);
    }
    return value as number;
  }

  /** A currency's code and its decimals. */
  currency(name: string): { code: string; decimals: number } {
    const value = this.#required(name);
    if (typeof value !== 'string' || !isCurrency(value)) {
      throw this.#wrong('UNKNOWN_CURRENCY', value, name, 'use a code of ISO 4217, such as "USD"');
    }
    return { code: value, decimals: decimalsOf(value) };
  }

  /** An instant in ISO 8601 in UTC. */
  instant(name: string): string {
    const value = this.#required(name);
    const instant = typeof value === 'string' ? instantOf(value) : undefined;
    if (instant === undefined) {
      const remedy =
        'give an instant of the years 0001 to 9999, with milliseconds at most, such as "2025-12-12T12:00:00.000Z"';
      throw this.#wrong('INVALID_INSTANT', value, name, remedy);
    }
    return instant;
  }

  /** The objects of a list, none where it is left out. */
  list(name: string, known: ReadonlySet<string>): Fields[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) {
      throw this.#wrong('WRONG_TYPE', value, name, 'give a list');
    }
    return value.map((entry, index) => new Fields(entry, `${this.path}${name}.${index}.`, known));
  }

  /** The object of a field. */
  object(name: string, known: ReadonlySet<string>): Fields {
    return new Fields(this.#required(name), `${this.path}${name}.`, known);
  }

  /** A refusal of a field's value. */
  refuse(code: RefusalCode, name: string, remedy: string): Refusal {
    return this.#wrong(code, this.raw(name) ?? null, name, remedy);
  }

  #required(name: string): unknown {
    const value = this.raw(name);
    if (value === undefined) {
      throw new Refusal('REQUIRED', `${this.path}${name} is missing; give it.`);
    }
    return value;
  }

  #text(name: string, value: unknown, max: number, blank: boolean): string {
    if (typeof value !== 'string') {
      throw this.#wrong('WRONG_TYPE', value, name, 'give text in quotes');
    }
    if (value.includes('\0') || !value.isWellFormed()) {
      throw this.#wrong('INVALID_TEXT', value, name, 'leave out the NUL character or the half of a surrogate pair');
    }
    if (value.length > max) {
      throw new Refusal('TOO_LONG', `${this.path}${name} has ${value.length} characters; shorten it to ${max}.`);
    }
    // Blanks alone, as the tables' checks have it, so that whatever a table holds can be imported.
    if (!blank && /^ *$/.test(value)) {
      throw new Refusal('REQUIRED', `${this.path}${name} is blank; give it.`);
    }
    return value;
  }

  #key(name: string, value: unknown, typeName: NodeTypeName): string {
    const key = typeof value === 'string' ? findKey(typeName, value) : undefined;
    if (key === undefined) {
      throw this.#wrong(
        'INVALID_ID',
        value,
        name,
        `use an id such as "${typeName}_" and a UUID in small letters, or leave it out`,
      );
    }
    return key;
  }

  #decimal(
    name: string,
    value: unknown,
    isRight: (text: string) => boolean,
    code: RefusalCode,
    remedy: string,
  ): string {
    if (typeof value !== 'string' || !isRight(value)) {
      throw this.#wrong(code, value, name, remedy);
    }
    return value;
  }

  #wrong(code: RefusalCode, value: unknown, name: string, remedy: string): Refusal {
    return new Refusal(code, `${(this.path + name).replace(/\.$/, '')} is ${shown(value)}; ${remedy}.`);
  }
}
