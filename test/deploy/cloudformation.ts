import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An answer that CloudFormation got. */
export interface Answer {
  method: string | undefined;
  headers: IncomingHttpHeaders;
  body: Record<string, string> & { Data: Record<string, string> };
}

/** The part of CloudFormation that sends requests to a function and waits at a URL for the answers. */
export interface CloudFormation {
  /** A request as AWS documents it, with the hash that the stack is deployed with. */
  request(type: 'Create' | 'Update' | 'Delete', hash?: string, oldHash?: string): Record<string, unknown>;
  /** What was answered, in order. */
  answers: Answer[];
  /** The statuses that the next answers get; 200 when there are none. */
  statuses: number[];
  close(): Promise<void>;
}

const functionArn = 'arn:aws:lambda:eu-north-1:123456789012:function:pier2-MigrationFunction-1A2B3C4D5E6F';

/** Starts a server where presigned URLs lead to. */
export async function startCloudFormation(): Promise<CloudFormation> {
  const answers: Answer[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    void text(request).then(body => {
      answers.push({ method: request.method, headers: request.headers, body: JSON.parse(body) });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const properties = (hash: string | undefined) => ({
    ServiceToken: functionArn,
    ServiceTimeout: '930',
    ...(hash !== undefined && { MigrationHash: hash }),
  });
  return {
    answers,
    statuses,
    request: (type, hash, oldHash) => ({
      RequestType: type,
      ServiceToken: functionArn,
      ResponseURL: `http://127.0.0.1:${port}/arn%3Aaws%3Acloudformation%3Aeu-north-1%3A123456789012%3Astack/pier2/guid%7CMigrations%7C5d478078?X-Amz-Signature=deadbeef`,
      StackId: 'arn:aws:cloudformation:eu-north-1:123456789012:stack/pier2/1b2c3d4e-aaaa-11ee-be56-0242ac120002',
      RequestId: '5d478078-13e9-baf0-464a-7ef285ecc786',
      LogicalResourceId: 'Migrations',
      ResourceType: 'Custom::Pier2Migrations',
      ...(type !== 'Create' && { PhysicalResourceId: 'pier2-migrations' }),
      ResourceProperties: properties(hash),
      ...(type === 'Update' && { OldResourceProperties: properties(oldHash) }),
    }),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
