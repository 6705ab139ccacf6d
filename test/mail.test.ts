import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { MikroORM } from '@mikro-orm/postgresql';
import { SMTPServer } from 'smtp-server';
import { runtimeOptions } from '../src/database/orm.options.js';
import { ReadPool } from '../src/database/reader.js';
import { Housekeeping } from '../src/auth/housekeeping.js';
import { platformEntities, tenantEntities } from '../src/entities.js';
import { invitationMail } from '../src/mail/account-mails.js';
import { MailOutbox } from '../src/mail/mail-outbox.js';
import { OutboxRelay } from '../src/outbox/relay.js';
import { invite, newEmail, tokenOf } from './auth/people.js';
import { startTestApp, type TestApp } from './support/app.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';

interface Received {
  from: string;
  to: string[];
  raw: string;
}

/** A mail server. */
class MailServer {
  readonly received: Received[] = [];
  readonly #server: SMTPServer;
  /** What it says to a recipient; an error refuses. */
  answer: (recipient: string) => Error | undefined | 'nothing' = () => undefined;

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onRcptTo: ({ address }, _session, done) => {
        const answer = this.answer(address);
        if (answer !== 'nothing') {
          done(answer);
        }
      },
      onData: (stream, { envelope }, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const from = envelope.mailFrom ? envelope.mailFrom.address : '';
          const to = envelope.rcptTo.map(({ address }) => address);
          this.received.push({ from, to, raw: Buffer.concat(parts).toString() });
          done();
        });
      },
    });
    this.#server.on('error', () => {});
  }

  static async open(port = 0): Promise<MailServer> {
    const server = new MailServer();
    await once(server.#server.listen(port, '127.0.0.1'), 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  close(): Promise<void> {
    return new Promise(resolve => this.#server.close(() => resolve()));
  }
}

let database: TestDatabase;
let server: MailServer;
let orm: MikroORM;
let reads: ReadPool;
const relays: Relay[] = [];
beforeEach(async () => {
  database = await createTestDatabase('empty');
  server = await MailServer.open();
  orm = await MikroORM.init(
    runtimeOptions({
      url: database.url,
      poolMax: 5,
      statementTimeout: 10_000,
      entities: [...platformEntities, ...tenantEntities],
    }),
  );
  reads = ReadPool.of(orm);
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map(relay => relay.close()));
  await orm.close(true);
  await server.close();
  await database.drop();
});

type Relay = Pick<OutboxRelay, 'start' | 'wake' | 'close'>;

const silent = pino({ level: 'silent' });

function startRelay(smtpUrl = server.url, retryDelay = 20): Relay {
  const from = 'Pier 2 Imports <no-reply@pier2.example>';
  const relay = new OutboxRelay(
    new MailOutbox({ smtpUrl, from, retryDelay }, silent),
    schema => reads.reader(schema),
    silent,
  );
  relays.push(relay);
  relay.start();
  return relay;
}

const add = (count = 1, values: { recipient?: string; subject?: string; body?: string } = {}) =>
  database.query(
    `insert into platform.mails (id, schema, recipient, subject, body)
     select gen_random_uuid(), 'public', coalesce($2, n || '@people.example'), coalesce($3, 'Towels'), coalesce($4, 'Bring one.')
     from generate_series(1, $1) n`,
    [count, values.recipient, values.subject, values.body],
  );

interface MailRow {
  state: string;
  attempts: number;
  body: string;
  last_error: string | null;
}
const rows = () => database.query<MailRow>('select state, attempts, body, last_error from platform.mails');

async function until(fits: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await fits())) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
const allAre = (state: string) => until(async () => (await rows()).every(row => row.state === state));

describe('A mail', () => {
  test('is sent, and its text is forgotten, since it may hold a token', async () => {
    await add();
    startRelay();
    await allAre('SENT');
    const [{ from, to, raw }] = server.received as [Received];
    expect({ from, to }).toEqual({ from: 'no-reply@pier2.example', to: ['1@people.example'] });
    expect(raw).toMatch(/^From: Pier 2 Imports <no-reply@pier2.example>\r$/m);
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(raw).toContain('\r\n\r\nBring one.');
    expect(await rows()).toEqual([{ state: 'SENT', attempts: 1, body: '', last_error: null }]);
  });

  test('is tried again when it was refused, and keeps its text', async () => {
    let refusals = 2;
    server.answer = () => ((refusals -= 1) >= 0 ? Object.assign(new Error('Busy'), { responseCode: 451 }) : undefined);
    await add();
    startRelay();
    await until(async () => (await rows())[0]!.last_error !== null);
    await allAre('SENT');
    expect(server.received).toHaveLength(1);
    expect((await rows())[0]).toMatchObject({ attempts: 3, last_error: null });
  });

  test('is dead after ten refusals, and holds up no other', async () => {
    server.answer = recipient =>
      recipient === 'nobody@people.example'
        ? Object.assign(new Error('No such user'), { responseCode: 550 })
        : undefined;
    await add(1, { recipient: 'nobody@people.example' });
    await add(3);
    startRelay(server.url, 1);
    await until(async () => (await rows()).every(({ state }) => state !== 'PENDING'));
    const dead = (await rows()).filter(({ state }) => state === 'DEAD');
    expect(dead).toMatchObject([
      { attempts: 10, body: 'Bring one.', last_error: expect.stringContaining('No such user') },
    ]);
    expect(server.received).toHaveLength(3);
  });

  test('waits while the mail server is down', async () => {
    const { port, url } = server;
    await server.close();
    await add(2);
    startRelay(url, 200);
    await until(async () => (await rows()).every(({ last_error }) => last_error?.includes('ECONNREFUSED') ?? false));
    server = await MailServer.open(port);
    await allAre('SENT');
    expect(server.received).toHaveLength(2);
  });

  test('is sent once by two relays at once', async () => {
    await add(60);
    [startRelay(), startRelay()].forEach(relay => relay.wake('platform'));
    await allAre('SENT');
    expect(server.received.map(({ to }) => to[0]).sort()).toEqual(
      Array.from({ length: 60 }, (_, index) => `${index + 1}@people.example`).sort(),
    );
  });

  test('is taken over from a process that died with it', async () => {
    await add();
    await database.query(`update platform.mails set attempts = 1, next_attempt_at = now() + interval '300 ms'`);
    startRelay();
    await new Promise(resolve => setTimeout(resolve, 400));
    relays[0]!.wake('platform');
    await allAre('SENT');
    expect((await rows())[0]).toMatchObject({ attempts: 2 });
  });

  test('that the mail server does not answer is handed on when the process ends', async () => {
    server.answer = () => 'nothing';
    await add();
    const relay = startRelay();
    await until(async () => (await rows())[0]!.attempts === 1);
    await relay.close();
    expect(await rows()).toMatchObject([{ state: 'PENDING', attempts: 0, body: 'Bring one.' }]);
    server.answer = () => undefined;
    startRelay();
    await allAre('SENT');
  });

  test('goes to one mailbox, whatever signs its address and its subject have', async () => {
    await add(1, { recipient: 'a,victim@people.example', subject: 'Hi\r\nBcc: victim@people.example\r\n\r\nText' });
    startRelay();
    await until(
      async () =>
        (await rows())[0]!.attempts > 0 && server.received.length + ((await rows())[0]!.last_error ? 1 : 0) > 0,
    );
    for (const { to, raw } of server.received) {
      expect(to).toHaveLength(1);
      expect(to).not.toContain('victim@people.example');
      expect(raw).not.toMatch(/^Bcc:/m);
    }
  });

  test('writes names of all languages, and lines of nobody', async () => {
    const name = 'Søren 北京 🐬\r\nBcc: victim@people.example\r\n\r\nhttps://evil.example';
    const tenant = 'Københavns\u2028Håndklæder\nTo: victim@people.example';
    const link = { appUrl: 'https://shop.example', tenant };
    const mail = invitationMail({ name, language: 'en' }, link, 'token', 7);
    expect(mail.subject).not.toMatch(/[\r\n\u2028]/);
    expect(mail.body.split('\n')[0]).toContain('Hello Søren 北京 🐬 Bcc: victim@people.example');
    await add(1, mail);
    startRelay();
    await allAre('SENT');
    const [{ to, raw }] = server.received as [Received];
    expect(to).toEqual(['1@people.example']);
    expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).not.toMatch(/^(Bcc|To): victim/m);
    expect(raw).toMatch(/^Subject: =\?UTF-8\?/m);
  });
});

describe('The API', () => {
  let app: TestApp;
  const start = async (settings: NodeJS.ProcessEnv) => {
    app = await startTestApp({ settings });
  };
  afterEach(() => app.close());

  test('sends an invitation as soon as it was made', async () => {
    await start({ SMTP_URL: server.url, MAIL_FROM: 'Øl & Håndklæder <towels@pier2.example>' });
    const email = newEmail();
    await invite(app, email, 'CLERK', { name: 'Søren' });
    await until(() => server.received.length > 0);
    expect(server.received).toMatchObject([{ from: 'towels@pier2.example', to: [email] }]);
  });

  test('sends nothing for what was refused, and keeps all without a mail server', async () => {
    await start({});
    const email = newEmail();
    await app.change('inviteUser', { email, name: 'Ford', role: 'OPERATOR' });
    await invite(app, email, 'CLERK');
    expect(await tokenOf(app, email)).toMatch(/^[\w-]{43}$/);
    expect(await app.database.query('select state from platform.mails')).toEqual([{ state: 'PENDING' }]);
  });
});

describe('Housekeeping', () => {
  test('removes counts that are over and mails of a month ago, and keeps the others', async () => {
    await add(2);
    await database.query(
      `update platform.mails set created_at = now() - interval '31 days' where recipient like '1@%'`,
    );
    await database.query(
      `insert into platform.throttles (key, attempts, ends_at)
       values ('over', 1, now() - interval '1 s'), ('on', 1, now() + interval '1 minute')`,
    );
    await new Housekeeping(reads.reader('platform'), silent).clean();
    expect(await database.query('select recipient from platform.mails')).toEqual([{ recipient: '2@people.example' }]);
    expect(await database.query('select key from platform.throttles')).toEqual([{ key: 'on' }]);
  });
});
