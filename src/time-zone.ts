/**
 * Whether a text is the name of a time zone: UTC, GMT or that of a place. PostgreSQL takes any text such as "Nowhere+3" for
 * a zone with that offset, and an abbreviation such as "CET" or "IST" for one fixed offset, where others mean a zone with
 * summer time or India; so nothing else reaches it.
 */
export function isTimeZone(text: string): boolean {
  try {
    // Refuses what is no zone; an offset such as "+01:00" passes it, and PostgreSQL reads its sign the other way round.
    new Intl.DateTimeFormat('en', { timeZone: text });
  } catch {
    return false;
  }
  return /^(UTC|GMT|[A-Z].*\/.*)$/i.test(text);
}
