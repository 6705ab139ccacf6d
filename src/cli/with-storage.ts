import { loadConfig } from '../config.js';
import { openStorage } from '../backup/storage/open-storage.js';
import type { Storage } from '../backup/storage/storage.js';

/** Does something with the storage of backups that the settings name, and leaves it whatever happens. */
export async function withStorage<Result>(work: (storage: Storage) => Promise<Result>): Promise<Result> {
  const storage = await openStorage(loadConfig().backup.storage);
  try {
    return await work(storage);
  } finally {
    storage.close();
  }
}
