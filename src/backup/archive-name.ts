/** What an archive's name says of it. */
export interface NamedArchive {
  /** The tenant's schema. */
  schema: string;
  createdAt: Date;
}

/** `SCHEMA/2026-11-21T20-30-00.000Z.tar.zst`, and `.age` where it is encrypted: names sort by time, and suit any storage. */
const pattern =
  /^(?<schema>[^/]+)\/(?<day>\d{4}-\d\d-\d\d)T(?<hour>\d\d)-(?<minute>\d\d)-(?<rest>\d\d\.\d{3}Z)\.tar\.zst(\.age)?$/;

/** The name of an archive in a storage. */
export function archiveName({ schema, createdAt }: NamedArchive, encrypted: boolean): string {
  return `${schema}/${createdAt.toISOString().replaceAll(':', '-')}.tar.zst${encrypted ? '.age' : ''}`;
}

/** What the name of a file says if it is an archive's. */
export function parseArchiveName(name: string): NamedArchive | undefined {
  const { schema, day, hour, minute, rest } = pattern.exec(name)?.groups ?? {};
  const createdAt = new Date(`${day}T${hour}:${minute}:${rest}`);
  return schema && !Number.isNaN(createdAt.getTime()) ? { schema, createdAt } : undefined;
}

/** The name of the small file that tells of an archive without opening it. */
export function sidecarName(archive: string): string {
  return `${archive}.json`;
}
