import S3rver from '@20minutes/s3rver';
import { startFauxqs } from 'fauxqs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server that speaks S3, with the bucket `backups`. */
export interface S3Server {
  /** The settings of a process that keeps its backups there, below `shops`. */
  settings: NodeJS.ProcessEnv;
  /** The files that hold its objects, and parts of objects that are not whole. */
  files(): Promise<string[]>;
  close(): Promise<void>;
}

const bucket = 'backups';

/** Starts one that does all that backups ask for, whoever asks. */
export async function startS3(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'pier2-s3-'));
  const server = await startFauxqs({
    host: '127.0.0.1',
    port: 0,
    logger: false,
    s3StorageDir: folder,
    init: { buckets: [bucket] },
  });
  return {
    settings: settingsFor(server.port),
    files: async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter(entry => entry.isFile() && entry.name !== '.bucket.json').map(({ name }) => name);
    },
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Starts one that looks at who asks, and takes no list of files from anybody: it reckons with another path than Amazon's client. */
export async function startCheckingS3(): Promise<Omit<S3Server, 'files'>> {
  const directory = await mkdtemp(join(tmpdir(), 'pier2-s3-'));
  const configureBuckets = [{ name: bucket }];
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets });
  const { port } = await server.run();
  return {
    settings: settingsFor(port),
    close: async () => {
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

function settingsFor(port: number): NodeJS.ProcessEnv {
  return {
    BACKUP_STORAGE: `s3://${bucket}/shops`,
    BACKUP_STORAGE_ENDPOINT: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
    // Else it would look for a role of this machine.
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
