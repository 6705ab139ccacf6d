import { isIPv4, isIPv6 } from 'node:net';

/**
 * The network that attempts from an address are counted for. Of IPv6, whoever has one address has the 2^64 others of its
 * first half as well, so these count as one.
 */
export function networkOf(address: string | undefined): string {
  const bare = (address ?? '').replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:([\d.]+)$/.exec(bare)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) {
    return mapped;
  }
  if (!isIPv6(bare)) {
    return bare;
  }
  const [head, tail] = bare.split('::') as [string, string?];
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length - (bare.includes('.') ? 1 : 0);
  const all = [...groups(head), ...Array<string>(Math.max(missing, 0)).fill('0'), ...groups(tail)];
  return `${all
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
