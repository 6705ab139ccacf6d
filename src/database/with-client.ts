import pg from 'pg';

/** Does something with a connection of its own, outside of any pool. */
export async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
  settings: pg.ClientConfig = {},
): Promise<Result> {
  const client = new pg.Client({ ...settings, connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
