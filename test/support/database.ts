import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { connected, type DataSet, onServer, templateName, urlOf } from './server.js';

/** A database of a test file's own. */
export interface TestDatabase {
  url: string;
  /** Runs one statement and gives its rows. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Clones a database for a test file. */
export async function createTestDatabase(data: DataSet): Promise<TestDatabase> {
  const name = `${process.env['TEST_RUN']}_${randomBytes(6).toString('hex')}`;
  await onServer(client => client.query(`create database ${name} template ${templateName(data)}`));
  const url = urlOf(name);
  return {
    url,
    query: (sql, values) => connected(url, async client => (await client.query(sql, values)).rows),
    drop: () => onServer(async client => void (await client.query(`drop database ${name} with (force)`))),
  };
}

/** A database without any table. */
export async function createBareDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase('empty');
  await database.query('drop schema public cascade; drop schema platform cascade; create schema public');
  return database;
}
