/** A place in the log of a PostgreSQL server, as a number that grows: what it writes as 16/B374D848. */
export function logPosition(text: string): bigint {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
