/** What PostgreSQL says of a statement of a migration that failed, without the statement that the ORM writes before it. */
export function failureReason({ message, detail }: Error & { detail?: string }): string {
  // The ORM writes what else PostgreSQL says behind it.
  const [told] = message.split(/\n - (?:detail|hint): /) as [string];
  const said = told.slice(told.lastIndexOf(' - ') + 1).replace(/^- /, '');
  return detail ? `${said} (${detail})` : said;
}
