import { z } from 'zod';

/** A URL of a PostgreSQL database, as whose text a setting is read. */
export function databaseUrl() {
  return z.url({ protocol: /^postgres(ql)?$/, hostname: /./ }).refine(isWholeDatabaseUrl);
}

/** Whether a URL names a database, and can be decoded as all who read it do. */
function isWholeDatabaseUrl(text: string): boolean {
  try {
    const url = new URL(text);
    [url.username, url.password, url.hostname].forEach(decodeURIComponent);
    return decodeURIComponent(url.pathname).length > 1 && !isTornByPassword(url);
  } catch {
    return false;
  }
}

/** Whether a password with an unescaped `/`, `?` or `#` lets the host seem to come early: what follows is the password. */
function isTornByPassword(url: URL): boolean {
  return `${url.pathname}${url.search}${url.hash}`.includes('@');
}

/** A URL with its password starred out; anything where a password may stand elsewhere is starred out whole. */
export function hideSecret(url: string): string {
  try {
    const parsed = new URL(url);
    if (!parsed.hostname || isTornByPassword(parsed)) {
      return '***';
    }
    if (parsed.password) {
      parsed.password = '***';
    }
    for (const name of parsed.searchParams.keys()) {
      if (/pass|secret|key|token/i.test(name)) {
        parsed.searchParams.set(name, '***');
      }
    }
    return parsed.href;
  } catch {
    return '***';
  }
}

/** A list of databases' URLs; what is none may be part of a password. */
export function hideSecrets(list: string): string {
  const urls = list.split(',').map(url => url.trim());
  return urls.map(url => (databaseUrl().safeParse(url).success ? hideSecret(url) : '***')).join(',');
}
