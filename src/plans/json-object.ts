import type { JsonRow } from '../database/reader.js';

/** The JSON of an object whose values stand in a row from some place on. */
export function writeObject(openers: readonly string[], row: JsonRow, start: number): string {
  let text = '';
  for (let index = 0; index < openers.length; index += 1) {
    text += `${openers[index]}${row[start + index] ?? 'null'}`;
  }
  return `${text}}`;
}
