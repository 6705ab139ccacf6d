const iso8601 = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;

/** An instant in ISO 8601 in UTC with milliseconds; undefined for text that is none, or that says a day which no month has. */
export function instantOf(text: string): string | undefined {
  const [match, year, month, day] = iso8601.exec(text) ?? [];
  const date = new Date(match ?? '');
  if (Number.isNaN(date.getTime()) || Number(day) > daysOf(Number(year), Number(month))) {
    return undefined;
  }
  const instant = date.toISOString();
  // An offset may lead out of the years that four digits can say.
  return /^\d{4}-/.test(instant) && !instant.startsWith('0000') ? instant : undefined;
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
