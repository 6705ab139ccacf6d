import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { checks } from '../../../src/migrate/check/checks.js';
import { empty } from '../../../src/migrate/check/empty.js';
import { entities } from '../../../src/migrate/check/entities.js';
import { files } from '../../../src/migrate/check/files.js';
import { checkFormats } from '../../../src/migrate/check/formats.js';
import { lint } from '../../../src/migrate/check/lint.js';
import { populated } from '../../../src/migrate/check/populated.js';
import { tables } from '../../../src/migrate/check/tables.js';
import { ShelfWithLabel, Shelf, ShelfWithNote } from './shelves.js';
import { line, SmallProject } from './small-project.js';

let project: SmallProject;

beforeEach(async () => {
  project = await SmallProject.make();
});
afterEach(() => project.remove());

/** What both directions find on tables without rows, and with rows. */
async function bothWays(): Promise<{ empty: string[]; populated: string[] }> {
  return { empty: await project.found([Shelf], empty), populated: await project.found([Shelf], populated) };
}

describe('pier2 migrate check', () => {
  test('finds nothing in a project whose migrations are as they were written', async () => {
    const outcomes = await project.check([Shelf], ...checks);
    expect(outcomes.flatMap(({ findings, notes }) => [...findings.map(line), ...notes])).toEqual([]);
  });

  test('tells a migration that was edited', async () => {
    const [file = ''] = await project.files();
    const path = join(project.folders.tenant, file);
    await writeFile(path, (await readFile(path, 'utf8')).replace('up()', 'up( )'));
    expect(await project.found([Shelf], files)).toEqual([
      'shelves.ts:1 migration-edited shelves was changed after it was listed.',
    ]);
  });

  test('tells what entities have that no migration was written of, where it stands', async () => {
    expect(await project.found([ShelfWithNote], entities)).toEqual([
      'shelves.ts:34 entities-out-of-step "note" of "shelves" is new.',
    ]);
    expect(await project.found([ShelfWithLabel], entities)).toEqual([
      'shelves.ts:46 entities-out-of-step "label" of "shelves" is new.',
      'shelves.ts:41 entities-out-of-step "shelves" has no "name" any more.',
      'shelves.ts:41 entities-out-of-step "shelves" has other indexes or constraints: shelves_label_check, shelves_label_index, shelves_label_unique, shelves_name_check, shelves_name_index, shelves_name_unique.',
    ]);
  });

  test('tells where a migration that was edited makes something else than the entities have', async () => {
    const created = await project.create([ShelfWithNote]);
    const path = join(project.folders.tenant, `${created!.migrations[0]!.name}.ts`);
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace('"note" text null', `"note" varchar(9), add "by" int not null`),
    );
    expect(await project.found([ShelfWithNote], entities)).toEqual([]);
    // What was written is loaded as it was first.
    const edited = await project.copy();
    const found = await edited.found([ShelfWithNote], tables);
    await edited.remove();
    expect(found).toEqual([
      'shelves.ts:34 tables-unlike-entities The entities have what the migrations do not make: column shelves.note text.',
      'shelves.ts:26 tables-unlike-entities The migrations make what wants a value, and no entity has it: column shelves.by integer not null.',
    ]);
  });

  test('tells a migration that fails on any tables, at its statement', async () => {
    await project.write('broken', { up: ['select 1', 'alter table shelfs add note text'] });
    expect(await bothWays()).toEqual({
      empty: ['broken.ts:8 up-fails relation "shelfs" does not exist.'],
      populated: [],
    });
  });

  test('tells a migration that fails on rows alone', async () => {
    project.seeds = [`insert into shelves (id, name, note) values (1, 'Towels', '')`];
    await project.write('required', {
      up: ['alter table shelves add note text not null'],
      down: ['alter table shelves drop column note'],
    });
    expect(await bothWays()).toEqual({
      empty: [],
      populated: ['required.ts:7 up-fails-on-rows column "note" of relation "shelves" contains null values.'],
    });
  });

  test('makes up rows for tables that have none in the sample data', async () => {
    project.seeds = [];
    await project.write('required', {
      up: ['alter table shelves add note text not null', 'alter table platform.planets add moons int'],
      down: ['alter table shelves drop column note', 'alter table platform.planets drop column moons'],
    });
    await project.write('empty', {
      up: ['create table nothing (id int not null check (id < id))'],
      down: ['drop table nothing'],
    });
    const [outcome] = await project.check([Shelf], populated);
    expect(outcome!.findings.map(line)).toEqual([
      'required.ts:7 up-fails-on-rows column "note" of relation "shelves" contains null values.',
    ]);
    expect(outcome!.notes).toEqual([expect.stringContaining('No rows could be made up for public.nothing:')]);
  });

  test('tells what taking a migration back leaves, lacks or fails at', async () => {
    await project.write('left', { up: ['alter table shelves add note text'], down: ['select 1'] });
    await project.write('lacks', {
      up: ['alter table shelves alter name type varchar(99)'],
      down: ['alter table shelves drop constraint shelves_name_check', 'alter table shelves alter name type text'],
    });
    await project.write('fails', {
      up: ['alter table shelves add x int'],
      down: ['alter table shelves drop column y'],
    });
    expect(await project.found([Shelf], empty)).toEqual([
      'fails.ts:11 down-fails column "y" of relation "shelves" does not exist.',
      "lacks.ts:1 down-differs When it is taken back, the schema lacks constraint shelves.shelves_name_check CHECK ((name <> ''::text)).",
      'left.ts:1 down-differs When it is taken back, the schema has column shelves.note text.',
    ]);
  });

  test('tells a migration that gives another schema when it is run again', async () => {
    await project.write('again', {
      up: [
        'create table if not exists notes (id int)',
        `do $$ begin if exists (select from platform.planets) then alter table shelves add again int; else insert into platform.planets values (1); end if; end $$`,
      ],
      down: ['drop table notes'],
    });
    expect(await project.found([Shelf], empty)).toEqual([
      'again.ts:1 up-differs When it is run again, the schema has column shelves.again integer.',
    ]);
  });

  test('tells sample data that do not fit', async () => {
    project.seeds = ['insert into shelves (id, name) values (1, null)'];
    expect(await project.found([Shelf], populated)).toEqual([
      'DatabaseSeeder.ts:1 sample-data-fails No migration was tried with rows, since the sample data cannot be written: ' +
        'null value in column "name" of relation "shelves" violates not-null constraint.',
    ]);
  });

  test('tells rows that are gone', async () => {
    await project.write('fewer', { up: ['delete from shelves where id = 2'], down: ['select 1'] });
    await project.write('loses', {
      up: ['alter table shelves add note text'],
      down: ['alter table shelves drop column note', 'delete from shelves where id = 1'],
    });
    expect(await project.found([Shelf], populated)).toEqual([
      'loses.ts:1 rows-lost Of 2 rows of public.shelves, 1 are left.',
      'fewer.ts:1 rows-lost Of 3 rows of public.shelves, 2 are left.',
    ]);
  });

  test('takes a migration for one that cannot be taken back where it says so, and goes on with those before it', async () => {
    await project.write('left', { up: ['alter table shelves add note text'], down: ['select 1'] });
    await project.write('for_good', {
      up: ['alter table shelves add x int'],
      down: `throw new Error('The notes are gone: restore them from an archive.');`,
    });
    const [outcome, withRows] = await project.check([Shelf], empty, populated);
    expect(outcome!.notes).toEqual([
      expect.stringMatching(/_for_good cannot be taken back, as it says: The notes are gone: restore them/),
    ]);
    expect(outcome!.findings.map(line)).toEqual([expect.stringContaining('left.ts:1 down-differs')]);
    expect(withRows!.notes).toEqual([
      expect.stringMatching(
        /_for_good cannot be taken back, so it and those before it were tried with rows that were made/,
      ),
    ]);
    expect(withRows!.findings.map(line)).toEqual([
      'left.ts:7 up-fails-on-rows column "note" of relation "shelves" already exists.',
    ]);
  });

  test('tells of a migration that cannot be taken back when it fails on rows that are made up', async () => {
    project.seeds = [];
    await project.write('for_good', {
      up: ['alter table shelves add x int not null'],
      down: `throw new Error('There is no way back.');`,
    });
    const [outcome] = await project.check([Shelf], populated);
    expect(outcome).toMatchObject({
      findings: [],
      notes: [expect.stringMatching(/_for_good fails on rows that were made up.*"x" .* contains null values/)],
    });
  });

  test('tells what is dangerous on tables in use', async () => {
    await project.write('slow', { up: ['create index slow on shelves (id)'], down: ['drop index slow'] });
    expect(await project.found([Shelf], lint)).toEqual([
      'slow.ts:7 add-index The index "slow" is built while nobody can write to "shelves".',
    ]);
  });

  test('tells a person, a program, SARIF and GitHub what was found, with file and line', async () => {
    const file = await project.write('broken', { up: ['alter table shelfs add note text'] });
    const outcomes = await project.check([Shelf], files, empty);
    const text = checkFormats.text(outcomes);
    expect(text).toMatch(
      /^ok {6}Migrations that are listed are unchanged +\d+\.\d s\nFAILED {2}Each migration goes up, down and up again, on empty tables +\d+\.\d s\n/,
    );
    expect(text).toContain(`${file}:7  error  up-fails\n  relation "shelfs" does not exist.\n`);
    expect(text).toMatch(/\n1 finding\.$/);
    expect(JSON.parse(checkFormats.json(outcomes))).toMatchObject({
      checks: [{ findings: 0 }, { title: empty.title, findings: 1, milliseconds: expect.any(Number) }],
      findings: [{ rule: 'up-fails', file, line: 7, direction: 'up', danger: expect.any(String) }],
    });
    const [sarif] = (JSON.parse(checkFormats.sarif(outcomes)) as Log).runs;
    const [result] = sarif!.results!;
    expect(sarif!.tool.driver.name).toBe('pier2 migrate check');
    expect(sarif!.tool.driver.rules![result!.ruleIndex!]!.id).toBe('up-fails');
    expect(result!.locations![0]!.physicalLocation).toMatchObject({
      artifactLocation: { uri: file },
      region: { startLine: 7 },
    });
    expect(checkFormats.github(outcomes)).toMatch(
      new RegExp(`^::error file=${file},line=7,title=up-fails::relation "shelfs" does not exist.%0A`),
    );
  });
});
