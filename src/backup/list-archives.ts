import pLimit from 'p-limit';
import { z } from 'zod';
import { quote } from '../errors.js';
import { parseArchiveName, sidecarName } from './archive-name.js';
import { BackupError } from './backup-error.js';
import { readSidecar, type Sidecar } from './sidecar.js';
import type { Storage, StoredFile } from './storage/storage.js';

/** An archive in a storage, and what is told of it. */
export interface ListedArchive {
  name: string;
  schema: string;
  createdAt: Date;
  /** When it was last found whole; null where it never was, or is seen to be damaged since. */
  verifiedAt: Date | null;
  /** In bytes, as it is stored. */
  size: number;
  /** Undefined where nothing that can be understood is told of it. */
  sidecar: Sidecar | undefined;
  /** What is wrong with it or with what is told of it; undefined where nothing is seen to be. */
  problem: string | undefined;
}

/** Which archives: of `all` tenants, of those with these names, or of those with these schemas. */
export type WhichArchives = 'all' | { tenants: readonly string[] } | { schemas: readonly string[] };

/** Small files that are read at once. */
const readsAtOnce = 16;

/**
 * The archives of a storage, by schema and time. No database is asked, since a storage should tell what it has when that is lost.
 * @throws BackupError when there is none of a tenant that is named
 */
export async function listArchives(storage: Storage, which: WhichArchives): Promise<ListedArchive[]> {
  const prefixes = which !== 'all' && 'schemas' in which ? which.schemas.map(schema => `${schema}/`) : [''];
  const files = (await Promise.all(prefixes.map(prefix => storage.list(prefix)))).flat();
  const names = new Set(files.map(({ name }) => name));
  const isTold = ({ name }: StoredFile) => names.has(sidecarName(name));
  const limit = pLimit(readsAtOnce);
  const look = (archives: StoredFile[]) =>
    Promise.all(archives.map(file => limit(() => lookAt(storage, file, isTold(file)))));

  const archives = files.filter(({ name }) => parseArchiveName(name));
  if (which === 'all' || 'schemas' in which) {
    return look(archives);
  }
  // Of each schema the newest archive that something is told of, or else the newest.
  const newest = new Map(
    [...archives.filter(file => !isTold(file)), ...archives.filter(isTold)].map(file => [schemaOf(file), file]),
  );
  const schemas = schemasOf(which.tenants, await look([...newest.values()]));
  return look(archives.filter(file => schemas.has(schemaOf(file))));
}

async function lookAt(storage: Storage, { name, size }: StoredFile, hasSidecar: boolean): Promise<ListedArchive> {
  const { schema, createdAt } = parseArchiveName(name)!;
  const listed = { name, schema, createdAt, verifiedAt: null, size, sidecar: undefined };
  if (!hasSidecar) {
    return { ...listed, problem: `nothing is told of it: ${sidecarName(name)} is missing` };
  }
  try {
    const sidecar = await readSidecar(storage, name);
    return sidecar.size === size
      ? { ...listed, sidecar, verifiedAt: sidecar.verifiedAt, problem: undefined }
      : { ...listed, sidecar, problem: `it has ${size} bytes, but was written with ${sidecar.size}` };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) {
      throw error;
    }
    return { ...listed, problem: `what is told of it cannot be understood: ${sidecarName(name)} is damaged` };
  }
}

function schemaOf({ name }: StoredFile): string {
  return parseArchiveName(name)!.schema;
}

/** The schemas of tenants, who are known by their names in the newest archives, or by their schemas. */
function schemasOf(tenants: readonly string[], newest: ListedArchive[]): Set<string> {
  return new Set(
    tenants.flatMap(tenant => {
      const found = newest.filter(({ schema, sidecar }) =>
        [schema, sidecar?.tenant.name].some(name => name?.toLowerCase() === tenant.toLowerCase()),
      );
      if (found.length === 0) {
        throw new BackupError(
          `There is no archive of a shop ${quote(tenant)}; "pier2 backup list" shows all archives that there are.`,
        );
      }
      return found.map(({ schema }) => schema);
    }),
  );
}
