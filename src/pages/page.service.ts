import type { Transaction } from '../database/transactions.js';
import { quote } from '../errors.js';
import { checkText, withoutUndefined } from '../input-checks.js';
import { lockForChange } from '../lock-for-change.js';
import { Problems, ProblemCode } from '../problems.js';
import { checkLanguage, type Languages, usingConfiguration } from './languages.js';
import { Page } from './page.entity.js';

/** Characters of a page’s text at the most. */
export const maxBody = 100_000;

/** Bytes of a page’s URL at the most; an entry of its index cannot hold much more. */
const maxUrl = 2000;

/** Values of a page as somebody gives them; what is undefined stays as it is. */
export interface PageValues {
  title?: string | null;
  url?: string | null;
  language?: string | null;
  body?: string | null;
}

/**
 * Writes a page, and gives its key.
 * @throws RefusedInput with all that is wrong with the values
 */
export async function createPage(transaction: Transaction, languages: Languages, values: PageValues): Promise<string> {
  const { em } = transaction;
  const checked = await checkValues(transaction, languages, values);
  const page = em.create(Page, checked as Required<typeof checked>, { partial: true });
  em.persist(page);
  return page.id;
}

/**
 * Changes a page. One in which nothing changes keeps its version and its time.
 * @throws RefusedInput with all that is wrong with the values, UNKNOWN_PAGE or VERSION_CONFLICT
 */
export async function updatePage(
  transaction: Transaction,
  languages: Languages,
  key: string,
  expectedVersion: number | undefined,
  values: PageValues,
): Promise<string> {
  const page = await lockPage(transaction, key, expectedVersion);
  const checked = await checkValues(transaction, languages, values, key);
  await transaction.em.populate(page, ['body']);
  const isChanged = Object.entries(checked).some(([property, value]) => page[property as keyof Page] !== value);
  if (isChanged) {
    Object.assign(page, checked, { version: page.version + 1, lastUpdated: new Date() });
  }
  return key;
}

/**
 * Deletes a page for good.
 * @throws RefusedInput UNKNOWN_PAGE or VERSION_CONFLICT
 */
export async function deletePage(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
): Promise<void> {
  transaction.em.remove(await lockPage(transaction, key, expectedVersion));
}

function lockPage(transaction: Transaction, key: string, expectedVersion: number | undefined): Promise<Page> {
  return lockForChange(transaction, Page, key, expectedVersion, ProblemCode.UNKNOWN_PAGE);
}

/** The values as they are stored, without those that were not given. */
async function checkValues({ reader }: Transaction, languages: Languages, values: PageValues, key?: string) {
  const problems = new Problems();
  const language = checkLanguage(problems, languages, values.language);
  const checked = {
    title: checkText(problems, 'title', values.title),
    url: checkUrl(problems, values.url),
    language,
    body: checkText(problems, 'body', values.body, { max: maxBody }),
    searchConfiguration: language && languages.get(language),
  };
  const pages = reader.table(Page);
  const [owner] = checked.url
    ? await reader.run<{ id: string }>(`select id from ${pages.name} where ${pages.column('url')} = $1::text`, [
        checked.url,
      ])
    : [];
  if (owner && owner.id !== key) {
    problems.add(ProblemCode.URL_TAKEN, 'url', `Another page has the URL ${quote(checked.url)}.`);
  }
  problems.throwIfAny();
  const { searchConfiguration } = checked;
  if (searchConfiguration !== undefined) {
    // Looked at first: what fails while the page is written would not say what is to be done.
    await usingConfiguration(searchConfiguration, () =>
      reader.run('select $1::text::regconfig', [searchConfiguration]),
    );
  }
  return withoutUndefined(checked);
}

function checkUrl(problems: Problems, given: string | null | undefined): string | undefined {
  const url = given?.trim() ?? '';
  if (given !== undefined && !isPlace(url)) {
    const message =
      `${quote(given)} is no place of a page; give an https or http URL without a user and a password in it, or a path ` +
      `that begins with one "/", without spaces and of at most ${maxUrl} bytes.`;
    problems.add(ProblemCode.INVALID_URL, 'url', message);
  }
  return given === undefined ? undefined : url;
}

/** Whether a text is a URL that a browser may be sent to, or a path of the shop’s own site: `//` would leave it. */
function isPlace(text: string): boolean {
  if (Buffer.byteLength(text) > maxUrl || /[\s\\\p{Cc}]/u.test(text)) {
    return false;
  }
  if (/^\/(?!\/)/.test(text)) {
    return true;
  }
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    return false;
  }
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
