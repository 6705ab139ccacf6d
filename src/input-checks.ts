import { isCurrency } from './currencies.js';
import { quote } from './errors.js';
import { type Problems, ProblemCode } from './problems.js';

/** Characters of a name or another short text at the most. */
export const maxShortText = 200;

/** Characters of a description or a reason at the most. */
export const maxLongText = 10_000;

/**
 * A text as it is stored, without blanks around it; undefined where the caller gave none. Reports one that is too long, or
 * that is blank where something must stand.
 */
export function checkText(
  problems: Problems,
  field: string,
  value: string | null | undefined,
  { max = maxShortText, required = true } = {},
): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const text = value?.trim() ?? '';
  if (required && text === '') {
    problems.add(ProblemCode.REQUIRED, field, `${field} is empty; give it.`);
  }
  if (text.length > max) {
    problems.add(ProblemCode.TOO_LONG, field, `${field} has ${text.length} characters, and ${max} are the most.`);
  }
  return text;
}

/** Reports a currency that there is not; undefined where the caller gave none. */
export function checkCurrency(problems: Problems, field: string, code: string | null | undefined): string | undefined {
  if (code !== undefined && !isCurrency(code ?? '')) {
    const message = `There is no currency ${quote(code)}; use a code of ISO 4217, such as "USD".`;
    problems.add(ProblemCode.UNKNOWN_CURRENCY, field, message);
  }
  return code ?? undefined;
}

/** Whether a text is a price as the tables take it: 0 or more, with at most 12 digits before the point and 4 behind it. */
export function isPrice(text: string): boolean {
  return /^\d{1,12}(\.\d{1,4})?$/.test(text);
}

/** Values without those that were left out. */
export function withoutUndefined<Values extends object>(values: Values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Values]?: Exclude<Values[Key], undefined>;
  };
}

/** Values without those that were left out or are null. */
export function withoutNulls<Values extends object>(values: Values): Partial<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<Values>;
}
