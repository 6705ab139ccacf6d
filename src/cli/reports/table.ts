import Table from 'cli-table3';

/** Prints rows as a table with a head, or that there are none. */
export function printTable(head: string[], rows: readonly string[][]): void {
  // Without colours: a terminal's own are not known, and the output may go elsewhere.
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows.map(row => row.map(plain)));
  console.log(table.toString());
}

/** A text without what a terminal would act on. */
function plain(value: string): string {
  return value.replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, '�');
}
