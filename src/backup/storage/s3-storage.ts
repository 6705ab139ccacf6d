import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import { explainS3Failure } from './explain-s3-failure.js';
import { plainName, plainPrefix, type Storage, type StoredFile } from './storage.js';

/** A bucket, and where in it and by whom it is served. */
export interface Bucket {
  name: string;
  /** What all names begin with; empty, or with `/` at its end. */
  prefix: string;
  /** The URL of the service; undefined for Amazon's own. */
  endpoint: string | undefined;
  /** Undefined to find it as Amazon's tools do. */
  region: string | undefined;
}

/** A stream's length is not known before, and S3 takes 10,000 parts at the most: so a file may have 97 GiB. */
const partSize = 10 * 1024 * 1024;

/** Parts on their way at once, each of them in memory. */
const partsAtOnce = 2;

/** Archives in S3, or in what speaks like it. Credentials are found as Amazon's tools find them. */
export class S3Storage implements Storage {
  readonly place: string;
  readonly #client: S3Client;

  constructor(private readonly bucket: Bucket) {
    this.place = `s3://${bucket.name}/${bucket.prefix}`.replace(/\/$/, '');
    const { endpoint, region } = bucket;
    this.#client = new S3Client(
      endpoint
        ? {
            endpoint,
            // Others have one region, and few of them a host name for each bucket or the checksums that Amazon has added.
            region: region ?? 'us-east-1',
            forcePathStyle: true,
            requestChecksumCalculation: 'WHEN_REQUIRED',
            responseChecksumValidation: 'WHEN_REQUIRED',
          }
        : { region },
    );
  }

  async write(name: string, content: Readable): Promise<void> {
    let failed: { error: unknown } | undefined;
    const noting = async function* () {
      try {
        yield* content;
      } catch (error) {
        failed = { error };
        throw error;
      }
    };
    const upload = new Upload({
      client: this.#client,
      params: { ...this.#file(name), Body: Readable.from(noting()), ContentType: 'application/octet-stream' },
      partSize,
      queueSize: partsAtOnce,
    });
    try {
      await upload.done();
    } catch (error) {
      // What the content threw is what went wrong, whatever came of taking the upload back.
      throw failed ? failed.error : await this.#explained(error, `write ${name}`);
    } finally {
      content.destroy();
    }
  }

  async read(name: string): Promise<Readable> {
    const command = new GetObjectCommand(this.#file(name));
    const { Body } = await this.#asking(`read ${name}`, () => this.#client.send(command));
    return Body as Readable;
  }

  async list(prefix: string): Promise<StoredFile[]> {
    const { name: Bucket, prefix: before } = this.bucket;
    return this.#asking('list the files', async () => {
      const files: StoredFile[] = [];
      for await (const page of paginateListObjectsV2(
        { client: this.#client },
        { Bucket, Prefix: before + plainPrefix(prefix) },
      )) {
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          files.push({ name: Key!.slice(before.length), size: Size!, modified: LastModified! });
        }
      }
      return files;
    });
  }

  async remove(name: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#file(name));
    await this.#asking(`remove ${name}`, () => this.#client.send(command));
  }

  close(): void {
    this.#client.destroy();
  }

  #file(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket.name, Key: this.bucket.prefix + plainName(name) };
  }

  async #asking<Answer>(action: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      throw await this.#explained(error, action);
    }
  }

  async #explained(error: unknown, action: string): Promise<unknown> {
    return explainS3Failure(error, `${action} in ${this.place}`, this.bucket, this.#client);
  }
}
