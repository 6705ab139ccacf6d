import prettyBytes from 'pretty-bytes';
import type { ListedArchive } from '../../../backup/list-archives.js';

/** The head of the columns of {@link archiveColumns}. */
export const archiveHead = ['Shop', 'Made', 'Size', 'Migration', 'Encrypted', 'Verified', 'File'];

/** An archive as a row of a table, with what is wrong with it below its name. */
export function archiveColumns({ name, createdAt, verifiedAt, size, sidecar, problem }: ListedArchive): string[] {
  return [
    sidecar?.tenant.name ?? '?',
    minute(createdAt),
    prettyBytes(size),
    sidecar ? (sidecar.migration ?? 'none').replace(/^Migration/, '') : '?',
    name.endsWith('.age') ? 'yes' : 'no',
    verifiedAt ? minute(verifiedAt) : 'no',
    problem ? `${name}\n${problem}` : name,
  ];
}

/** An archive for programs. */
export function archiveJson({ sidecar, problem, verifiedAt, ...archive }: ListedArchive): object {
  return {
    ...archive,
    tenant: sidecar?.tenant.name ?? null,
    migration: sidecar?.migration ?? null,
    projectVersion: sidecar?.projectVersion ?? null,
    rows: sidecar?.rows ?? null,
    sha256: sidecar?.sha256 ?? null,
    encrypted: archive.name.endsWith('.age'),
    verifiedAt,
    problem: problem ?? null,
  };
}

/** A time in UTC, such as `2026-11-21 20:30`. */
function minute(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ');
}
