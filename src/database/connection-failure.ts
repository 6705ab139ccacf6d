/** What the network says where there is no server any more, or none that answers. */
const networkCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
];

/** What the driver says of a connection that broke off, or whose server does not answer; it gives these no code. */
const driverMessages =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired|Query read timeout)/;

/** Whether a statement or a connection failed since the server was not there, rather than by what the server said. */
export function isConnectionFailure(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return networkCodes.includes(code) || driverMessages.test(message);
}
