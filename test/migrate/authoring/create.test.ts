import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { empty } from '../../../src/migrate/check/empty.js';
import { entities } from '../../../src/migrate/check/entities.js';
import { files } from '../../../src/migrate/check/files.js';
import { lint } from '../../../src/migrate/check/lint.js';
import { populated } from '../../../src/migrate/check/populated.js';
import { tables } from '../../../src/migrate/check/tables.js';
import { Walk } from '../../../src/migrate/check/walk.js';
import { ScratchServer } from '../../../src/migrate/check/scratch-server.js';
import { withClient } from '../../../src/database/with-client.js';
import { createContract } from '../../../src/migrate/create/create-contract.js';
import type { ExpansionTold } from '../../../src/migrate/create/replaced-column.js';
import type { Question } from '../../../src/migrate/create/decisions.js';
import { line, SmallProject } from './small-project.js';
import {
  Box,
  BoxWithLabel,
  Rack,
  Shelf,
  ShelfByNumber,
  ShelfInParts,
  ShelfInRoom,
  ShelfWithLabel,
  ShelfWithNote,
} from './shelves.js';

let project: SmallProject;

beforeEach(async () => {
  project = await SmallProject.make();
});
afterEach(() => project.remove());

/** All that checks find but rules about statements, which renames are told by on purpose. */
async function foundByOthers(shape: Parameters<SmallProject['check']>[0]): Promise<string[]> {
  const outcomes = await project.check(shape, files, entities, tables, empty, populated);
  return outcomes.flatMap(({ findings }) => findings).map(line);
}

/** Migrates tables with rows up and down again by the migrations, and gives what a query says at each version. */
async function walkWithRows(shape: Parameters<SmallProject['check']>[0], up: string, down: string) {
  const server = await ScratchServer.open({ url: process.env['TEST_SERVER_URL']! });
  const url = await server.makeDatabase();
  const walk = await Walk.start(
    {
      platform: project.platform(),
      tenant: project.tenant(shape),
      makeDatabase: async () => url,
      seed: async () => {},
      signal: new AbortController().signal,
    },
    url,
  );
  const ask = (sql: string) =>
    withClient(url, async client => (await client.query({ text: sql, rowMode: 'array' })).rows);
  try {
    const [first, second, ...others] = walk.steps;
    await walk.go('up', first!);
    await walk.go('up', second!);
    await ask(`insert into shelves (id, name) values (1, 'Towels'), (2, 'Fish')`);
    for (const step of others) {
      expect(await walk.go('up', step)).toBeUndefined();
    }
    const after = await ask(up);
    for (const step of others.reverse()) {
      expect(await walk.go('down', step)).toBeUndefined();
    }
    return { after, before: await ask(down) };
  } finally {
    await walk.close();
    await server.close();
  }
}

describe('pier2 migrate create', () => {
  test('writes the difference in both directions, the snapshot and the list, once', async () => {
    const created = await project.create([ShelfWithNote], { name: 'note_on_shelves' });
    expect(created).toMatchObject({
      migrations: [
        {
          name: expect.stringMatching(/^Migration\d{14}_note_on_shelves$/),
          up: ['alter table "shelves" add "note" text null;'],
          down: ['alter table "shelves" drop column "note";'],
        },
      ],
      findings: [],
    });
    expect(await project.read(`tenant/${created!.migrations[0]!.name}.ts`)).toBe(
      `import { Migration } from '@mikro-orm/migrations';

export class ${created!.migrations[0]!.name} extends Migration {
  override name = '${created!.migrations[0]!.name}';

  override up(): void {
    this.addSql(\`alter table "shelves" add "note" text null;\`);
  }

  override down(): void {
    this.addSql(\`alter table "shelves" drop column "note";\`);
  }
}
`,
    );
    expect(await project.create([ShelfWithNote])).toBeUndefined();
    expect(await foundByOthers([ShelfWithNote])).toEqual([]);
  });

  test('writes nothing where there is nothing to change, but a blank one that is asked for', async () => {
    const before = await project.everything();
    expect(await project.create([Shelf])).toBeUndefined();
    expect(await project.everything()).toEqual(before);
    expect(await project.create([Shelf], { name: 'blank', blank: true })).toMatchObject({
      migrations: [{ name: expect.stringContaining('_blank') }],
    });
    expect(await foundByOthers([Shelf])).toEqual([]);
  });

  test('comes after all others, also where a clock was ahead', async () => {
    const last = await project.write('of_the_future', { up: ['select 1'] });
    const created = await project.create([ShelfWithNote]);
    expect(last).toContain('Migration20990101000001_of_the_future');
    expect(created!.migrations[0]!.name).toBe('Migration20990101000002_changed');
  });

  test('does what others would wait for in migrations of their own, which nothing is found in', async () => {
    const created = await project.create([ShelfInRoom], { name: 'rooms' });
    expect(created!.migrations.map(({ name, up }) => [name.replace(/^\w+?_/, ''), ...up])).toEqual([
      [
        'rooms',
        'alter table "shelves" add "room" int null, add "code" text null;',
        'alter table "shelves" add constraint "shelves_room_check" check (room > 0) not valid;',
      ],
      ['rooms_shelves_code_unique', 'create unique index concurrently "shelves_code_unique" on "shelves" ("code");'],
      ['rooms_shelves_room_index', 'create index concurrently "shelves_room_index" on "shelves" ("room");'],
      [
        'rooms_unique',
        'alter table "shelves" add constraint "shelves_code_unique" unique using index "shelves_code_unique";',
      ],
      ['rooms_shelves_room_check_validated', 'alter table "shelves" validate constraint "shelves_room_check";'],
    ]);
    expect(created!.findings).toEqual([]);
    expect(await project.found([ShelfInRoom], lint)).toEqual([]);
    expect(await foundByOthers([ShelfInRoom])).toEqual([]);
  });

  test('refuses a name that is none', async () => {
    await expect(project.create([ShelfWithNote], { name: 'Add note' })).rejects.toThrow(
      'A migration is called by lower-case words and numbers joined by "_", such as add_order_channel, not "Add note".',
    );
  });

  test('leaves all files as they were when one cannot be written', async () => {
    const before = await project.everything();
    await mkdir(join(project.folder, 'migrations.sum.new'));
    await expect(project.create([ShelfWithNote])).rejects.toThrow('EISDIR');
    expect(await project.everything()).toEqual(before);
  });
});

describe('A column that is gone while one like it is new', () => {
  test('is refused where nobody can be asked, with both answers, and nothing is written', async () => {
    const before = await project.everything();
    await expect(project.create([ShelfWithLabel])).rejects.toThrow(
      /^Nothing was written. The entities have no "shelves.name" any more[^]*--rename shelves.name:label {3}keeps its data[^]*--drop shelves.name {11}gives its data up$/,
    );
    expect(await project.everything()).toEqual(before);
  });

  test('is renamed with its data, its constraints and its indexes, there and back', async () => {
    const created = await project.create([ShelfWithLabel], { renames: ['shelves.name:label'] });
    expect(created!.migrations.map(({ up }) => up)).toEqual([
      [
        'alter table "shelves" rename column "name" to "label";',
        'alter table "shelves" rename constraint "shelves_name_check" to "shelves_label_check";',
        'alter index "shelves_name_index" rename to "shelves_label_index";',
        'alter table "shelves" rename constraint "shelves_name_unique" to "shelves_label_unique";',
      ],
    ]);
    expect(created!.findings.map(({ rule }) => rule)).toContain('rename-column');
    expect(await project.create([ShelfWithLabel])).toBeUndefined();
    project.seeds = [`insert into shelves (id, label) values (1, 'Towels'), (2, 'Fish')`];
    expect(await foundByOthers([ShelfWithLabel])).toEqual([]);
    const rows = [
      [1, 'Towels'],
      [2, 'Fish'],
    ];
    const seen = await walkWithRows(
      [ShelfWithLabel],
      'select id, label from shelves order by id',
      'select id, name from shelves order by id',
    );
    expect(seen).toEqual({ after: rows, before: rows });
  });

  test('may be told without its table, where no other fits', async () => {
    const created = await project.create([ShelfWithLabel], { renames: ['name:label'] });
    expect(created!.migrations[0]!.up[0]).toBe('alter table "shelves" rename column "name" to "label";');
  });

  test('is dropped where that is told', async () => {
    const created = await project.create([ShelfWithLabel], { drops: ['shelves.name'] });
    const all = created!.migrations.flatMap(({ up }) => up);
    expect(all).toContainEqual(expect.stringContaining('drop column "name"'));
    expect(all).toContainEqual(expect.stringContaining('add "label" text not null'));
    expect(all.join()).not.toContain('rename');
    expect(await project.create([ShelfWithLabel])).toBeUndefined();
  });

  test('is asked about where somebody is there', async () => {
    const asked: Question[] = [];
    const answer = async (question: Question) => {
      asked.push(question);
      return question.candidates[0];
    };
    const created = await project.create([ShelfWithLabel], { ask: answer });
    expect(asked).toEqual([{ gone: 'shelves.name', candidates: ['label'] }]);
    expect(created!.migrations[0]!.up[0]).toBe('alter table "shelves" rename column "name" to "label";');
  });

  test.each([
    ['name keeps its data', (gone: string) => gone === 'shelves.name', ['shelves.name'], 'name'],
    ['note keeps its data', (gone: string) => gone === 'shelves.note', ['shelves.name', 'shelves.note'], 'note'],
    ['neither does', () => false, ['shelves.name', 'shelves.note'], undefined],
  ])('is asked about once for each that is gone, until its name is given: %s', async (_case, isIt, questions, kept) => {
    await project.create([ShelfWithNote]);
    const asked: Question[] = [];
    const created = await project.create([ShelfWithLabel], {
      ask: async question => {
        asked.push(question);
        return isIt(question.gone) ? question.candidates[0] : undefined;
      },
    });
    expect(asked).toEqual(questions.map(gone => ({ gone, candidates: ['label'] })));
    const renamed = /rename column "(\w+)" to "label"/.exec(created!.migrations[0]!.up.join('\n'))?.[1];
    expect(renamed).toBe(kept);
  });

  test('is nothing to ask about where their types are unlike', async () => {
    const created = await project.create([ShelfByNumber]);
    expect(created!.migrations.flatMap(({ up }) => up).join('\n')).not.toContain('rename');
  });

  test('has to be told with its table where several would fit', async () => {
    await project.create([Shelf, Box]);
    await expect(project.create([ShelfWithLabel, BoxWithLabel], { renames: ['name:label'] })).rejects.toThrow(
      'several tables have: boxes, shelves; write the table before it, as in boxes.name:label.',
    );
    const renames = ['boxes.name:label', 'shelves.name:label'];
    const created = await project.create([ShelfWithLabel, BoxWithLabel], { renames });
    expect(created!.migrations[0]!.up.filter(sql => sql.includes('rename column'))).toHaveLength(2);
  });

  test.each([
    ['shelves.nme:label', 'no table has lost "nme" and got "label"'],
    ['shelves.name:lable', 'no table has lost "name" and got "lable"'],
    ['shelves.name=label', 'it should be old_table:new_table or table.old_column:new_column'],
  ])('cannot be told wrongly: %s', async (rename, problem) => {
    await expect(project.create([ShelfWithLabel], { renames: [rename] })).rejects.toThrow(
      `--rename ${rename} does not fit: ${problem}. Of what the migrations have made, gone are shelves.name.`,
    );
    await expect(project.create([ShelfWithLabel], { drops: ['shelves.nme'] })).rejects.toThrow(
      '--drop shelves.nme does not fit: there is no such column that the entities have no more.',
    );
  });
});

describe('A column that is replaced while programs of before serve', () => {
  const expand = async (shape: Parameters<SmallProject['check']>[0], kind: ExpansionTold['kind'], column: string) =>
    (await project.create(shape, { name: 'replaced', expand: { kind, column } }))!;

  /** The text of a migration, from its class on. */
  const bodyOf = async (name: string) =>
    (await project.read(`tenant/${name}.ts`)).replace(/^[^]*?override change = /, '');

  test('is renamed by a migration that has all of it, and what else the new one needs comes behind', async () => {
    const { migrations, findings } = await expand([ShelfWithLabel], 'rename', 'shelves.name:label');
    expect(migrations.map(({ name }) => name.replace(/^\w+?_/, ''))).toEqual([
      'replaced',
      'replaced_shelves_label_unique',
      'replaced_shelves_label_index',
      'replaced_unique',
    ]);
    expect(await bodyOf(migrations[0]!.name)).toBe(`rename({
    table: 'shelves',
    from: 'name',
    to: 'label',
    type: 'text',
    notNull: true,
    checks: { shelves_label_check: "label <> ''" },
    restore: [
      '-- pier2:allow add-index the rows were all written just before\\ncreate index "shelves_name_index" on "shelves" ("name");',
      '-- pier2:allow add-unique the rows were all written just before\\nalter table "shelves" add constraint "shelves_name_unique" unique ("name");',
      '-- pier2:allow add-check the rows were all written just before\\nalter table "shelves" add constraint "shelves_name_check" check (name <> \\'\\');',
    ],
  });
}
`);
    expect(findings).toEqual([]);
    expect(await project.create([ShelfWithLabel])).toBeUndefined();
  });

  test('gets another type by casts, which a person is to look at', async () => {
    const { migrations } = await expand([ShelfByNumber], 'retype', 'shelves.name:number');
    expect(await bodyOf(migrations[0]!.name)).toMatch(
      /^retype\(\{\n {4}table: 'shelves',\n {4}from: \{\n {6}name: 'name',[^]*to: \{ name: 'number', type: 'int', notNull: true \},\n {4}up: 'name::int',\n {4}down: 'number::text',/,
    );
  });

  test('becomes several by words', async () => {
    const { migrations, findings } = await expand([ShelfInParts], 'split', 'shelves.name:room,place');
    expect(await bodyOf(migrations[0]!.name)).toContain(`to: {
      room: { type: 'text', notNull: true, value: "split_part(name, ' ', 1)" },
      place: { type: 'text', value: "regexp_replace(name, '^(\\\\S*\\\\s*){1}', '')" },
    },
    joined: "concat_ws(' ', nullif(room, ''), nullif(place, ''))",`);
    expect(findings).toEqual([]);
  });

  test('is taken away by a migration that names the other one, once', async () => {
    const { migrations } = await expand([ShelfWithLabel], 'rename', 'shelves.name:label');
    const expansion = migrations[0]!.name;
    const context = project.tenant([ShelfWithLabel]);
    const { migrations: contracts, findings } = await createContract(context, 'label_alone', expansion);
    const [{ name, up }] = contracts as [(typeof contracts)[0]];
    expect(await project.read(`tenant/${name}.ts`))
      .toBe(`import { ContractMigration } from '../../../src/migrate/expand/index.js';
import { ${expansion} } from './${expansion}.js';

export class ${name} extends ContractMigration {
  override name = '${name}';

  override expansion = ${expansion};
}
`);
    expect([up[0], findings]).toEqual([`select platform.check_contract('${expansion}', '${expansion}');`, []]);
    expect(await project.found([ShelfWithLabel], files)).toEqual([]);
    await expect(createContract(context, 'again', expansion)).rejects.toThrow(
      `${name} takes away already what ${expansion} has replaced.`,
    );
    await expect(createContract(context, 'again', name)).rejects.toThrow(
      `"${name}" replaces no column; those that do are ${expansion}.`,
    );
  });

  test.each([
    ['rename', 'shelves.name', 'it should be table.old_column:new_column'],
    ['rename', 'shelves.name:label,id', 'a rename has one new column'],
    ['split', 'shelves.name:label', 'a split has several new columns'],
    ['rename', 'shelfs.name:label', 'there is no table "shelfs" before and after'],
    ['rename', 'shelves.id:label', 'the entity still has "id"'],
    ['rename', 'shelves.nme:label', 'there was no "nme"'],
    ['rename', 'shelves.name:lable', 'the entity has no new "lable"'],
  ] as const)('cannot be told wrongly: %s %s', async (kind, column, problem) => {
    const before = await project.everything();
    await expect(expand([ShelfWithLabel], kind, column)).rejects.toThrow(`--column ${column} does not fit: ${problem}`);
    expect(await project.everything()).toEqual(before);
  });

  test('is no rename where the type is another one', async () => {
    await expect(expand([ShelfByNumber], 'rename', 'shelves.name:number')).rejects.toThrow(
      '"number" is int, and "name" is text: say --expand retype.',
    );
  });
});

describe('A table that is gone while one like it is new', () => {
  test('is refused where nobody can be asked', async () => {
    await expect(project.create([Rack])).rejects.toThrow(/--rename shelves:racks[^]*--drop shelves /);
  });

  test('is asked about where somebody is there', async () => {
    const asked: Question[] = [];
    const created = await project.create([Rack], {
      ask: async question => {
        asked.push(question);
        return question.candidates[0];
      },
    });
    expect(asked).toEqual([{ gone: 'shelves', candidates: ['racks'] }]);
    expect(created!.migrations[0]!.up[0]).toBe('alter table "shelves" rename to "racks";');
  });

  test('is nothing to ask about where they have little in common', async () => {
    const created = await project.create([Box]);
    expect(created!.migrations[0]!.up).toContain('drop table "shelves";');
  });

  test('is renamed with its rows', async () => {
    const created = await project.create([Rack], { renames: ['shelves:racks'] });
    expect(created!.migrations.map(({ up }) => up)).toEqual([
      [
        'alter table "shelves" rename to "racks";',
        'alter table "racks" rename constraint "shelves_name_unique" to "racks_name_unique";',
        'alter table "racks" rename constraint "shelves_pkey" to "racks_pkey";',
      ],
    ]);
    expect(await project.create([Rack])).toBeUndefined();
    const seen = await walkWithRows([Rack], 'select count(*)::int from racks', 'select count(*)::int from shelves');
    expect(seen).toEqual({ after: [[2]], before: [[2]] });
  });

  test('is dropped where that is told', async () => {
    const created = await project.create([Rack], { drops: ['shelves'] });
    expect(created!.migrations[0]!.up).toContain('drop table "shelves";');
  });
});
