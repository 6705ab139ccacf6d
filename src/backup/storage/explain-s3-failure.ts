import type { S3Client } from '@aws-sdk/client-s3';
import { BackupError } from '../backup-error.js';
import type { Bucket } from './s3-storage.js';

/** What went wrong with a request to S3, in a sentence with the remedy; what is no failure of S3 stays as it is. */
export async function explainS3Failure(
  error: unknown,
  action: string,
  bucket: Bucket,
  client: S3Client,
): Promise<unknown> {
  const { name, code, $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const service = bucket.endpoint ?? 'Amazon S3';
  const keyId = async () => (await client.config.credentials()).accessKeyId;
  const because = await (async () => {
    switch (code ?? name ?? '') {
      case 'NoSuchBucket':
        return `${service} has no bucket "${bucket.name}"; make it, or name another in BACKUP_STORAGE.`;
      case 'NoSuchKey':
        return 'there is no such file; "pier2 backup list" shows those that there are.';
      case 'CredentialsProviderError':
        return 'there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role.';
      case 'InvalidAccessKeyId':
        return `${service} does not know the access key "${await keyId()}"; look at AWS_ACCESS_KEY_ID.`;
      case 'SignatureDoesNotMatch':
        return `the secret is not that of the access key "${await keyId()}"; look at AWS_SECRET_ACCESS_KEY.`;
      case 'ExpiredToken':
        return `the credentials of the access key "${await keyId()}" have expired; get new ones.`;
      case 'AccessDenied':
      case 'Forbidden':
        return `the access key "${await keyId()}" may not; allow it to list, read, write and delete in the bucket "${bucket.name}".`;
      case 'PermanentRedirect':
      case 'AuthorizationHeaderMalformed':
        return `the bucket "${bucket.name}" is in another region than "${await client.config.region()}"; set AWS_REGION to it.`;
      case 'ECONNREFUSED':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
      case 'ETIMEDOUT':
      case 'EHOSTUNREACH':
        return `${service} cannot be reached (${code}); look at BACKUP_STORAGE_ENDPOINT and the network.`;
      case 'ECONNRESET':
      case 'EPIPE':
        return `${service} broke off the connection (${code}); try it again.`;
      default:
        return undefined;
    }
  })();
  if (because) {
    return new BackupError(`Cannot ${action}: ${because}`, { cause: error });
  }
  if ((error as Error).message === 'Region is missing') {
    return new BackupError(`Cannot ${action}: there is no region; set AWS_REGION to the bucket’s.`, {
      cause: error,
    });
  }
  return $metadata?.httpStatusCode
    ? new BackupError(
        `Cannot ${action}: ${service} answered ${$metadata.httpStatusCode} ${name}: ${(error as Error).message}`,
        { cause: error },
      )
    : error;
}
