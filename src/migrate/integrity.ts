import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { projectFolder } from '../project-folder.js';
import { migrationFolders } from './files.js';
import type { Finding } from './lint/finding.js';
import type { RuleDescription } from './lint/rule.js';
import { statementsHash } from './statements-hash.js';

/** The two folders of migrations, which stand side by side. */
export type SourceFolders = typeof migrationFolders;

/** The list of all migrations, beside the folders. */
const listName = 'migrations.sum';

/** A line of the list. */
export interface ListedMigration {
  /** From the list's folder, such as `tenant/Migration20261121013815_retail_core.ts`. */
  file: string;
  /** The hash of the file's text. */
  content: string;
  /** The hash of this line and of that of the line before, so that no line can be taken out or put in between. */
  chain: string;
  /** The hash of its statements where it imports other files, which may change while its text does not; else empty. */
  statements: string;
  /** Where it stands in the list. */
  line: number;
}

/** What may be wrong with the files of migrations, as findings name it. */
export const integrityRules = {
  unreadable: {
    id: 'migrations-sum-unreadable',
    severity: 'error',
    title: 'The list of migrations is missing, or has a line that is none',
    danger: 'Nobody can tell whether migrations that have landed are as they were.',
    safeWay: `# Where two branches met, keep the lines of the one that landed first; this adds the others:
npx pier2 migrate sum`,
  },
  edited: {
    id: 'migration-edited',
    severity: 'error',
    title: 'A migration is not as it was when it was listed',
    danger: 'Schemas that have seen it stay as they are, and new ones become different.',
    safeWay: `# Take the edit back, and write what is missing as a new migration:
npx pier2 migrate create what_is_missing
# Where no schema but your own has seen it yet:
npx pier2 migrate sum Migration20260101000000_its_name`,
  },
  otherStatements: {
    id: 'migration-statements-changed',
    severity: 'error',
    title: 'A migration has other statements than when it was listed, by a change of what it imports',
    danger: 'Schemas that have seen it stay as they are, and new ones become different.',
    safeWay: `# Take the change back, and let new migrations import it as something of its own.
# Where no schema but your own has seen it yet:
npx pier2 migrate sum Migration20260101000000_its_name`,
  },
  removed: {
    id: 'migration-removed',
    severity: 'error',
    title: 'A migration that is listed is gone',
    danger: 'Schemas that have seen it have what new ones will lack, and it can no longer be taken back.',
    safeWay: `# Bring the file back, and undo what it did by a new migration:
npx pier2 migrate create what_is_undone
# Where no schema but your own has seen it yet:
npx pier2 migrate sum Migration20260101000000_its_name`,
  },
  reordered: {
    id: 'migrations-reordered',
    severity: 'error',
    title: 'The lines of the list do not follow each other as they were written',
    danger:
      'Lines were moved, taken out or joined by hand, so migrations may run in another order than those of other schemas.',
    safeWay: `# Bring the list back as it landed; this adds what is newer:
npx pier2 migrate sum`,
  },
  inserted: {
    id: 'migration-inserted',
    severity: 'error',
    title: 'A new migration comes before one that is listed',
    danger: 'Schemas that have seen the later one run it after that, and new schemas before.',
    safeWay: `# Give its file, its class and its name the present time, then list it:
npx pier2 migrate sum`,
  },
  unlisted: {
    id: 'migration-not-listed',
    severity: 'error',
    title: 'A new migration is not listed',
    danger: 'A change of it would not be noticed.',
    safeWay: 'npx pier2 migrate sum',
  },
} as const satisfies Record<string, RuleDescription>;

/** A finding with the migration that it is about. */
export interface IntegrityFinding extends Finding {
  /** Its name, or that of the list. */
  migration: string;
}

/** The two folders, one of which this is. */
export function foldersBeside(folder: string): SourceFolders {
  const beside = (own: string) => join(dirname(folder), basename(own));
  return { tenant: beside(migrationFolders.tenant), platform: beside(migrationFolders.platform) };
}

/** Where the list of two folders is. */
export function listOf(folders: SourceFolders): string {
  return join(dirname(folders.tenant), listName);
}

/** The lines of the list of two folders; nothing when there is no list. Lines that are none are told by their numbers. */
export async function readIntegrity(
  folders: SourceFolders,
): Promise<{ listed: ListedMigration[]; unreadable: number[] } | undefined> {
  const text = await readFile(listOf(folders), 'utf8').catch(ignoreMissing);
  if (text === undefined) {
    return undefined;
  }
  const listed: ListedMigration[] = [];
  const unreadable: number[] = [];
  for (const [index, row] of text.split(/\r?\n/).entries()) {
    if (row === '' || row.startsWith('#')) {
      continue;
    }
    const [, file, content, chain, statements = ''] =
      /^(\w+\/\S+\.ts) ([\w-]{43}) ([\w-]{43})(?: ([\w-]{43}))?$/.exec(row) ?? [];
    if (file && content && chain) {
      listed.push({ file, content, chain, statements, line: index + 1 });
    } else {
      unreadable.push(index + 1);
    }
  }
  return { listed, unreadable };
}

/** Lists the migrations of two folders as they are now, whatever was listed before. */
export function writeIntegrity(folders: SourceFolders): Promise<void> {
  return write(folders, async folder => chained(await withStatements(folders, await sourcesIn(folders, folder))));
}

/** Lists new migrations behind those that are listed, whose lines stay as they are, right or wrong. */
export async function listNewMigrations(folders: SourceFolders): Promise<void> {
  const listed = (await readIntegrity(folders))?.listed ?? [];
  await write(folders, async folder => {
    const before = listed.filter(({ file }) => dirname(file) === folder);
    const last = before.at(-1);
    const added = (await sourcesIn(folders, folder)).filter(({ file }) => last === undefined || file > last.file);
    return [...before, ...chained(await withStatements(folders, added), last?.chain)];
  });
}

async function write(folders: SourceFolders, rowsOf: (folder: string) => Promise<Row[]>): Promise<void> {
  const sections = await Promise.all(foldersInOrder(folders).map(rowsOf));
  const list = listOf(folders);
  // Put in its place as a whole, so that whatever ends this leaves no half of a list.
  await writeFile(`${list}.new`, [head, ...sections.map(rows => rows.map(asRow).join(''))].join('\n'));
  await rename(`${list}.new`, list);
}

/**
 * Compares the migrations of two folders with their list: each is there and as it was, none was put between, and the lines
 * follow each other. Only sources count, so what was built of them has no list.
 */
export async function checkIntegrity(folders: SourceFolders = migrationFolders): Promise<IntegrityFinding[]> {
  const list = listOf(folders);
  const integrity = await readIntegrity(folders);
  if (!integrity) {
    return [finding('unreadable', `There is no ${shown(list)}.`, list, 1)];
  }
  const findings = integrity.unreadable.map(line =>
    finding('unreadable', 'This line names no migration with its two hashes.', list, line),
  );
  for (const folder of foldersInOrder(folders)) {
    const listed = integrity.listed.filter(({ file }) => dirname(file) === folder);
    const sources = await sourcesIn(folders, folder);
    findings.push(...compare(listed, await withStatements(folders, sources), folders));
  }
  return findings;
}

function compare(
  listed: readonly ListedMigration[],
  sources: readonly Omit<Row, 'chain'>[],
  folders: SourceFolders,
): IntegrityFinding[] {
  const findings: IntegrityFinding[] = [];
  const list = listOf(folders);
  const found = new Map(sources.map(source => [source.file, source]));
  const last = listed.at(-1)?.file;
  for (const [index, { file, content, chain, statements, line }] of listed.entries()) {
    const before = listed[index - 1];
    const path = join(dirname(list), file);
    if (!found.has(file)) {
      const other = sources.find(source => source.content === content)?.file;
      const where = other ? `; its text is in ${basename(other)} now` : '';
      findings.push(finding('removed', `${nameOf(file)} is listed, and its file is gone${where}.`, list, line, path));
    } else if (found.get(file)!.content !== content) {
      findings.push(finding('edited', `${nameOf(file)} was changed after it was listed.`, path, 1));
    } else if (found.get(file)!.statements !== statements) {
      const message = `${nameOf(file)} has other statements than when it was listed: something that it imports was changed.`;
      findings.push(finding('otherStatements', message, path, 1));
    }
    if (before && before.file >= file) {
      const problem = before.file === file ? 'is listed twice' : `is listed behind ${nameOf(before.file)}`;
      findings.push(finding('reordered', `${nameOf(file)} ${problem}.`, list, line, path));
    } else if (chain !== link(before?.chain, { file, content, statements })) {
      const after = before ? `does not follow that of ${nameOf(before.file)}` : 'is not the first one';
      findings.push(finding('reordered', `The line of ${nameOf(file)} ${after}, as it was written.`, list, line, path));
    }
  }
  const known = new Set(listed.map(({ file }) => file));
  for (const { file } of sources.filter(source => !known.has(source.file))) {
    const path = join(dirname(list), file);
    findings.push(
      last !== undefined && file < last
        ? finding('inserted', `${nameOf(file)} is new and comes before ${nameOf(last)}, which is listed.`, path, 1)
        : finding('unlisted', `${nameOf(file)} is not in ${shown(list)}.`, path, 1),
    );
  }
  return findings;
}

const head = `# All migrations: each with the hash of its text, one of its line and the line before, and one of its statements where it
# imports other files. Never edited by hand: \`npx pier2 migrate create\` and \`npx pier2 migrate sum\` write it. Where two
# branches meet here, keep the lines of the one that landed first and run \`npx pier2 migrate sum\`.
`;

/** A migration's file as it is now. */
type Source = Pick<ListedMigration, 'file' | 'content'>;

/** A line of the list, wherever it stands. */
type Row = Omit<ListedMigration, 'line'>;

function foldersInOrder(folders: SourceFolders): string[] {
  return [folders.platform, folders.tenant].map(folder => basename(folder));
}

async function sourcesIn(folders: SourceFolders, folder: string): Promise<Source[]> {
  const path = join(dirname(folders.tenant), folder);
  const names = existsSync(path) ? await readdir(path) : [];
  const sources = names.filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts')).sort();
  return Promise.all(
    sources.map(async name => ({
      file: `${folder}/${name}`,
      content: contentHash(await readFile(join(path, name), 'utf8')),
    })),
  );
}

/** Tells the statements too, for which classes of migrations are loaded. */
function withStatements(folders: SourceFolders, sources: readonly Source[]): Promise<Omit<Row, 'chain'>[]> {
  const parent = dirname(folders.tenant);
  return Promise.all(
    sources.map(async source => ({ ...source, statements: await statementsHash(join(parent, source.file)) })),
  );
}

function chained(sources: readonly Omit<Row, 'chain'>[], before?: string): Row[] {
  let chain = before;
  return sources.map(source => ({ ...source, chain: (chain = link(chain, source)) }));
}

function asRow({ file, content, chain, statements }: Row): string {
  return `${file} ${content} ${chain}${statements && ` ${statements}`}\n`;
}

function link(before = '', { file, content, statements }: Omit<Row, 'chain'>): string {
  return hash(`${before}\n${file}\n${content}${statements && `\n${statements}`}`);
}

/** The same whatever ends the lines, since Git on Windows may write them its own way. */
function contentHash(text: string): string {
  return hash(text.replaceAll('\r\n', '\n'));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function finding(
  rule: keyof typeof integrityRules,
  message: string,
  path: string,
  line: number,
  migration = path,
): IntegrityFinding {
  const { id, severity } = integrityRules[rule];
  return { rule: id, severity, message, file: shown(path), line, migration: nameOf(migration) };
}

function shown(path: string): string {
  return relative(projectFolder, path).replaceAll(sep, '/');
}

function nameOf(file: string): string {
  return basename(file, '.ts');
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}
