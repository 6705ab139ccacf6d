import { z } from 'zod';
import { BackupError } from '../backup-error.js';

/** The form of archives that this build writes; it reads this one and all before. */
export const formatVersion = 1;

const table = z.object({
  name: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
});

const manifestForm = z.object({
  format: z.literal('pier2-backup'),
  formatVersion: z.number(),
  /** Of the project that wrote it. */
  projectVersion: z.string(),
  /** The version of the server, as `server_version_num` has it. */
  serverVersion: z.number(),
  tenant: z.object({ id: z.string(), name: z.string(), schema: z.string(), state: z.string() }),
  /** When the snapshot was taken. */
  time: z.iso.datetime(),
  snapshot: z.string(),
  /** What the tables have seen, in that order, each with the SHA-256 of its file where the build had that. */
  migrations: z.array(z.object({ name: z.string(), hash: z.string().nullable() })),
  /** What is the same for schemas that are, on servers of one version. */
  fingerprint: z.string(),
  /** The bytes of the tables, by which to tell how far somebody is who reads it. */
  tableBytes: z.number(),
  /** Tables with the columns that have data of their own, in the order of the data. */
  tables: z.array(table),
});

/** What an archive begins with: what it is of, and what is needed to make its tables. */
export type Manifest = z.infer<typeof manifestForm>;

const checksumsForm = z.object({
  tables: z.record(z.string(), z.object({ rows: z.number(), bytes: z.number(), sha256: z.string() })),
  sequences: z.array(z.object({ name: z.string(), lastValue: z.string(), isCalled: z.boolean() })),
  platform: z.object({
    hosts: z.array(z.string()),
    createdAt: z.string(),
    /** The columns that were being replaced: those of these migrations were filled in all rows. */
    backfilled: z.array(z.string()),
    /** The countries that the tables name, since an installation may know others than another one. */
    countries: z.array(z.record(z.string(), z.string())),
  }),
});

/** What an archive ends with: by which the rest is checked, and what else belongs to the tenant. */
export type Checksums = z.infer<typeof checksumsForm>;

/** The names of an archive's entries. */
export const entryNames = {
  manifest: 'manifest.json',
  checksums: 'checksums.json',
  /** A part of a table's rows, counted from 1. */
  part: (tableName: string, part: number) =>
    `tables/${encodeURIComponent(tableName)}/${String(part).padStart(6, '0')}.copy`,
};

/** The table and the number of the part that an entry holds; undefined when it holds none. */
export function partOf(entry: string): { table: string; part: number } | undefined {
  const [, table, part] = /^tables\/([^/]+)\/(\d+)\.copy$/.exec(entry) ?? [];
  return table === undefined ? undefined : { table: decodeURIComponent(table), part: Number(part) };
}

/** @throws BackupError when it is none, or of a newer form than this build reads */
export function parseManifest(text: string): Manifest {
  const found = parseJson(entryNames.manifest, text, z.looseObject({ formatVersion: z.number() }));
  if (found.formatVersion > formatVersion) {
    throw new BackupError(
      `The archive has the form ${found.formatVersion}, and this build reads those up to ${formatVersion}; restore it by the build that wrote it (${String(found['projectVersion'])}) or a later one.`,
    );
  }
  return parseJson(entryNames.manifest, text, manifestForm);
}

/** @throws BackupError when they are none */
export function parseChecksums(text: string): Checksums {
  return parseJson(entryNames.checksums, text, checksumsForm);
}

function parseJson<Form extends z.ZodType>(name: string, text: string, form: Form): z.infer<Form> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BackupError(`Its ${name} is no JSON: ${(error as Error).message}.`);
  }
  const result = form.safeParse(value);
  if (!result.success) {
    throw new BackupError(`Its ${name} is not as it should be: ${z.prettifyError(result.error)}`);
  }
  return result.data;
}
