import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { sidecarName } from './archive-name.js';
import type { Storage } from './storage/storage.js';

/** What is told of an archive beside it, so that nobody has to open it; an archive is complete without. */
const sidecarSchema = z.object({
  /** Which form this file has. */
  format: z.literal(1),
  /** The tenant as it was then: another one may have its name or its schema today. */
  tenant: z.object({ id: z.uuid(), name: z.string(), schema: z.string() }),
  createdAt: z.coerce.date(),
  /** The version of this project that made it. */
  projectVersion: z.string(),
  /** The last migration that its tables have seen; null where they have seen none. */
  migration: z.string().nullable(),
  encrypted: z.boolean(),
  /** The archive's bytes, and their checksum, as they are stored. */
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[\da-f]{64}$/),
  /** Rows of all tables. */
  rows: z.int().nonnegative(),
  /** When `pier2 backup verify` last found it whole; null before. */
  verifiedAt: z.coerce.date().nullable(),
});

/** What is told of an archive beside it. */
export type Sidecar = z.infer<typeof sidecarSchema>;

/** Writes what is told of an archive, in place of what was. */
export async function writeSidecar(storage: Storage, archive: string, sidecar: Sidecar): Promise<void> {
  await storage.write(
    sidecarName(archive),
    Readable.from([`${JSON.stringify(sidecar, null, 2)}\n`], { objectMode: false }),
  );
}

/**
 * Reads what is told of an archive.
 * @throws BackupError when there is nothing; a ZodError or a SyntaxError when it cannot be understood
 */
export async function readSidecar(storage: Storage, archive: string): Promise<Sidecar> {
  return sidecarSchema.parse(JSON.parse(await text(await storage.read(sidecarName(archive)))));
}
