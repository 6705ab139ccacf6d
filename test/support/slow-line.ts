import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A line to a database on which answers come late. */
export interface SlowLine {
  url: string;
  close(): void;
}

/** Opens a line on which what the server says, notifications too, arrives so many milliseconds late, in its order. */
export async function startSlowLine(databaseUrl: string, delay: number): Promise<SlowLine> {
  const { hostname, port } = new URL(databaseUrl);
  const line = createServer(socket => {
    const server = connect(Number(port), hostname);
    socket.pipe(server);
    server.on('data', chunk => setTimeout(() => socket.write(chunk), delay));
    server.on('close', () => socket.destroy()).on('error', () => {});
    socket.on('close', () => server.destroy()).on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(line, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(line.address() as AddressInfo).port}`;
  return { url: url.href, close: () => line.close() };
}
