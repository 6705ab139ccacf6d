// Tests look into answers of any shape.
/* eslint-disable @typescript-eslint/no-explicit-any */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Role } from '../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from './support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** Sends a query with extensions of the request, and gives the whole answer. */
async function send({ headers }: Caller, query: string, extensions?: object) {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, extensions }),
  });
  const answer = (await response.json()) as Record<string, any>;
  return { ...answer, status: response.status } as Record<string, any>;
}

const planned = '{ orders(first: 3) { nodes { id items { quantity } } } stores(first: 2) { nodes { name } } }';

describe('The cost of an operation', () => {
  it('is told with each statement to who may see it and asks for it', async () => {
    const { data, extensions } = (await send(app, planned, { cost: true })) as never as {
      data: object;
      extensions: { cost: { rows: number; milliseconds: number; statements: { text: string; rows: number }[] } };
    };
    expect(data).toEqual(await app.ask(planned));
    const { statements, rows, milliseconds } = extensions.cost;
    expect(statements.map(({ text }) => /"(orders|stores)"/.exec(text)![1]).sort()).toEqual(['orders', 'stores']);
    expect(rows).toBe(5);
    expect(milliseconds).toBeGreaterThan(0);
  });

  it('is told of what the resolvers read as well', async () => {
    const { extensions } = await send(app, '{ search(query: "towel", language: "en") { rank } }', { cost: true });
    expect(extensions.cost.statements.length).toBeGreaterThan(2);
  });

  it('has no values of statements', async () => {
    const query = '{ customerByContact(contact: "zaphod@galaxy.example") { id } }';
    expect(JSON.stringify(await send(app, query, { cost: true }))).not.toContain('zaphod@');
  });

  it('is not told without being asked for', async () => {
    expect(await send(app, planned)).not.toHaveProperty('extensions');
    expect(await send(app, planned, { cost: false })).not.toHaveProperty('extensions');
  });

  it.each([Role.CLERK, Role.ANALYST])('is refused to a %s, with the operation', async role => {
    const { status, data, errors } = await send(await app.as(role), planned, { cost: true });
    expect({ status, data }).toEqual({ status: 403, data: undefined });
    expect(errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' }, message: expect.stringContaining('extensions.cost') },
    ]);
  });

  it('is refused to somebody who has not signed in', async () => {
    const { status, errors } = await send(app.caller(), '{ countries { nodes { name } } }', { cost: true });
    expect(status).toBe(401);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});
