import type { Value } from '../../src/database/copy-rows.js';

/** One kind of thing to load. */
export interface Part {
  /** Its name in the plural, for the progress. */
  name: string;
  /** How many of them there are. */
  count: number;
  /** The tables that hold them, parents first. */
  tables: { name: string; columns: string[] }[];
  /** The rows of the thing of a number, a list for each of the tables. */
  rowsOf(number: number): Value[][][];
}
