import type { Transaction } from '@mikro-orm/core';
import type { AbstractSqlConnection } from '@mikro-orm/sql';

/** Does something in a transaction that is rolled back, whatever comes of it, and gives what it gave. */
export async function rolledBack<Result>(
  connection: AbstractSqlConnection,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  let result: { value: Result } | undefined;
  const done = new Error('It is done, and nothing of it stays.');
  try {
    await connection.transactional(async (transaction: Transaction) => {
      result = { value: await work(transaction) };
      throw done;
    });
  } catch (error) {
    if (error !== done) {
      throw error;
    }
  }
  return result!.value;
}
