import type { Storage } from './storage.js';
import type { Bucket } from './s3-storage.js';

/** Where archives are kept: a folder of this machine, or a bucket. */
export type StorageSettings = { folder: string } | { bucket: Bucket };

/** Opens the storage that the settings name. Nothing is asked of it before it is used. */
export async function openStorage(settings: StorageSettings): Promise<Storage> {
  if ('folder' in settings) {
    const { FolderStorage } = await import('./folder-storage.js');
    return new FolderStorage(settings.folder);
  }
  // Amazon's client takes a while to load, so only those who use it wait.
  const { S3Storage } = await import('./s3-storage.js');
  return new S3Storage(settings.bucket);
}
