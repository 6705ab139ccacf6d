import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { type Caller, startTestApp, type TestApp } from '../support/app.js';
import { stopClock } from '../support/stop-clock.js';
import { newUser } from './people.js';

const secrets = { TOKEN_SECRETS: 'a secret that both of the processes have' };

let app: TestApp;
let other: App;
beforeAll(async () => {
  app = await startTestApp({ settings: secrets });
  const settings = { NODE_ENV: 'test', PORT: '0', DATABASE_URL: app.database.url, ...secrets };
  other = await startApp(loadConfig(settings), app.database.url);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  await other.close();
  await app.close();
});

/** What the other process answers somebody: the code of its error, or nothing when they may. */
async function asked({ headers }: Caller, query = '{ users { totalCount } }'): Promise<string | undefined> {
  const response = await fetch(`${other.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return errors?.[0]?.extensions.code;
}

/** Waits until the other process answers somebody so. */
async function until(code: string, user: Caller): Promise<void> {
  while ((await asked(user)) !== code) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

const changes: [name: string, change: (id: string) => Promise<unknown>, code: string][] = [
  ['A deactivation', id => app.change('deactivateUser', { id }), 'SESSION_ENDED'],
  ['Another role', id => app.change('updateUser', { id, role: 'ANALYST' }), 'FORBIDDEN'],
];

describe.each(changes)('%s', (_, change, code) => {
  test('holds with the very next request of the process that made it', async () => {
    const user = await newUser(app, 'MANAGER');
    await user.ask('{ users { totalCount } }');
    await change(user.id);
    expect((await user.send('{ users { totalCount } }')).errors).toMatchObject([{ extensions: { code } }]);
  });

  test('holds on another process, which is notified of it', async () => {
    const user = await newUser(app, 'MANAGER');
    expect(await asked(user)).toBeUndefined();
    stopClock();
    expect(await asked(user)).toBeUndefined();
    await change(user.id);
    await until(code, user);
  });

  test('holds on another process when nobody can tell it', async () => {
    const user = await newUser(app, 'MANAGER');
    expect(await asked(user)).toBeUndefined();
    let broken = true;
    // Whatever listens is ended as soon as it stands.
    const breaking = (async () => {
      while (broken) {
        await app.database.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and query ~ '^listen |pg_notify\\(''pier2_heartbeat'`,
        );
      }
    })();
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(await asked(user)).toBeUndefined();
    await change(user.id);
    await until(code, user);
    broken = false;
    await breaking;
  });
});

test('Tokens and the counts of attempts hold for both processes', async () => {
  expect(await asked(app)).toBeUndefined();
  const login = (url: string) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation { login(input: { email: "a@b.example", password: "" }) { userErrors { code } } }',
      }),
    }).then(async response => (await response.json()) as { data: { login: { userErrors: { code: string }[] } } });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => login([app.url, other.url][index % 2]!)));
  const codes = answers.map(({ data }) => data.login.userErrors[0]!.code);
  expect(codes.filter(code => code === 'INVALID_CREDENTIALS')).toHaveLength(10);
});
