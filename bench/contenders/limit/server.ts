/**
 * The limit: node:http, and one statement a query that makes the whole answer, whose text is passed on. It knows neither
 * GraphQL nor who asks.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import type { QueryName, Values } from '../../queries.js';
import { statements } from './statements.js';

const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['POOL_SIZE']),
  // Pages in memory cost what they do in memory: else PostgreSQL reads all countries to find one.
  options: '-c TimeZone=UTC -c random_page_cost=1.1',
});

const textOf = (rows: readonly (string | null)[][]) => rows[0]![0]!;

async function answer(path: string, body: string): Promise<string> {
  const name = path.slice(1) as QueryName;
  const { text, values, answer: made = textOf } = statements[name];
  const variables = JSON.parse(body) as Values;
  const { rows } = await pool.query<string[]>({ name, text, values: values(variables), rowMode: 'array' });
  return `{"data":${made(rows)}}`;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    answer(request.url!, Buffer.concat(chunks).toString()).then(
      text => {
        response.writeHead(200, {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      },
      (error: Error) => response.writeHead(500).end(error.stack),
    );
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.on('SIGTERM', () => process.exit(0));
