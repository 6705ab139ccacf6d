import http from 'node:http';
import https from 'node:https';
import { useAgent } from 'request-filtering-agent';
import { Webhook as Signer } from 'standardwebhooks';

/** How long a receiver may take, in milliseconds. */
const patience = 10_000;

/** An event that is to be sent. */
export interface Message {
  url: string;
  secret: string;
  /** The event's id, by which a receiver knows one that comes twice. */
  id: string;
  body: string;
}

/**
 * Sends a message, signed as the Standard Webhooks specification (https://www.standardwebhooks.com) says.
 * @param privateTargets whether it may go to an address of a private network, or of this machine
 * @param signal gives it up
 * @throws Error that tells why the receiver does not have it
 */
export async function send(
  { url, secret, id, body }: Message,
  privateTargets: boolean,
  signal: AbortSignal,
): Promise<void> {
  const at = new Date();
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'pier2-imports',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Signer(secret).sign(id, at, body),
  };
  const status = await post(
    url,
    headers,
    body,
    privateTargets,
    AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  );
  // A redirect too: the URL is what somebody has agreed to, and no other is called.
  if (status < 200 || status > 299) {
    throw new Error(`The receiver answered with status ${status}.`);
  }
}

function post(
  url: string,
  headers: http.OutgoingHttpHeaders,
  body: string,
  privateTargets: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { request } = url.startsWith('https:') ? https : http;
  const agent = useAgent(url, { allowPrivateIPAddress: privateTargets, allowMetaIPAddress: privateTargets });
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent, signal }, response => {
      resolve(response.statusCode ?? 0);
      // What it says besides is nobody's business here, may be personal, and may never end.
      response.on('error', () => {}).destroy();
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Why a message was not taken, in a sentence that is short enough to keep. */
export function reasonOf(error: unknown): string {
  const { name, message, code } = error as { name?: string; message?: string; code?: string };
  const text =
    name === 'TimeoutError' || name === 'AbortError' ? `It took longer than ${patience / 1000} s.` : message || code;
  return (text ?? 'It failed.').slice(0, 500);
}
