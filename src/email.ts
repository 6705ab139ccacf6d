/** Whether a text is an email address: something, one "@", something, and no blanks. */
export function isEmail(text: string): boolean {
  return /^[^@\s]+@[^@\s]+$/.test(text);
}

/**
 * What of an email address makes it unique, as SQL: case does not count. The index and the lookup share it. The collation
 * is named, since a database of the locale C folds the case of ASCII alone.
 */
export const emailKey = (column: string): string => `lower(${column} collate "und-x-icu")`;

/** What a column that holds an email address is checked for, as SQL. */
export const emailCheck = (column: string): string => `${column} ~ '^[^@[:space:]]+@[^@[:space:]]+$'`;
