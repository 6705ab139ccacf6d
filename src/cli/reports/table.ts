import { getBorderCharacters, table } from 'table';

/** Prints rows as a table with a head. */
export function printTable(head: string[], rows: readonly string[][]): void {
  // Without colours: a terminal's own are not known, and the output may go elsewhere.
  console.log(table([head, ...rows.map(row => row.map(plain))], { border: getBorderCharacters('norc') }).trimEnd());
}

/** A text without what a terminal would act on. */
function plain(value: string): string {
  return value.replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, '�');
}
