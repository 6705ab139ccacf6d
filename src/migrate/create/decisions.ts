import { MigrateError } from '../migrate-error.js';
import { quote } from '../../errors.js';
import type { Rename } from './rename.js';
import { missingIn, type Snapshot, type SnapshotTable, tableOf } from './snapshot.js';

/** A table or a column that the entities have no more, while something like it is new: nobody but a person can tell which. */
export interface Question {
  /** Such as `customers`, or `customers.telephone`. */
  gone: string;
  /** What it may be called now, by its table's or its column's name alone. */
  candidates: string[];
}

/** What a person says of tables and columns that are gone. */
export interface Told {
  /** Each `old_table:new_table` or `table.old_column:new_column`; `old:new` where there is one such column alone. */
  renames: readonly string[];
  /** Each `table` or `table.column`: gone, with the data. */
  drops: readonly string[];
}

/** Asks a question, and gives the new name; undefined where it is gone, with its data. */
export type Ask = (question: Question) => Promise<string | undefined>;

/**
 * Finds out which tables and columns have another name now. What is not told is asked.
 * @param ask without it, nobody is there to be asked
 * @throws MigrateError when something told is not so, or a question is left
 */
export async function decideRenames(before: Snapshot, after: Snapshot, told: Told, ask?: Ask): Promise<Rename[]> {
  const changes = new Changes(before, after);
  const rest = told.renames.filter(text => !changes.renameTable(text));
  changes.dropTables(told.drops);
  await answer(changes.tableQuestions(), (question, to) => changes.renameTable(`${question.gone}:${to}`));
  rest.forEach(text => changes.renameColumn(text));
  changes.dropColumns(told.drops);
  await answer(changes.columnQuestions(), (question, to) => changes.renameColumn(`${question.gone}:${to}`));
  return changes.renames;

  async function answer(questions: Question[], rename: (question: Question, to: string) => void): Promise<void> {
    if (questions.length > 0 && !ask) {
      throw new MigrateError(explain(questions));
    }
    for (const { gone, candidates } of questions) {
      const left = candidates.filter(name => !changes.isTaken(gone, name));
      const to = left.length > 0 ? await ask!({ gone, candidates: left }) : undefined;
      if (to !== undefined) {
        rename({ gone, candidates }, to);
      }
    }
  }
}

function explain(questions: readonly Question[]): string {
  const answers = questions.flatMap(({ gone, candidates }) => [
    ...candidates.map(to => [`--rename ${gone}:${to}`, 'keeps its data'] as const),
    [`--drop ${gone}`, 'gives its data up'] as const,
  ]);
  const width = Math.max(...answers.map(([option]) => option.length));
  const lines = answers.map(([option, meaning]) => `  ${option.padEnd(width)}   ${meaning}`);
  return `Nothing was written. The entities have no ${questions.map(({ gone }) => quote(gone)).join(', no ')} any more, and something like it is new. Say what it is:\n${lines.join('\n')}`;
}

/** What is gone and what is new, in as much as nobody has said yet what became of it. */
class Changes {
  readonly renames: Rename[] = [];
  readonly #dropped = new Set<string>();

  constructor(
    private readonly before: Snapshot,
    private readonly after: Snapshot,
  ) {}

  /** Takes a rename of a table in; gives whether it is one. */
  renameTable(text: string): boolean {
    const [, from, to] = /^(\w+):(\w+)$/.exec(text) ?? [];
    if (from === undefined || to === undefined || !this.#goneTables().includes(from)) {
      return false;
    }
    if (!this.#newTables().includes(to)) {
      throw this.#wrong('--rename', text, `there is no new table ${quote(to)}`);
    }
    this.renames.push({ table: from, to });
    return true;
  }

  renameColumn(text: string): void {
    const [, named, from, other, to] = /^(?:(\w+)\.)?(\w+):(?:(\w+)\.)?(\w+)$/.exec(text) ?? [];
    if (from === undefined || to === undefined) {
      throw this.#wrong('--rename', text, 'it should be old_table:new_table or table.old_column:new_column');
    }
    const fits = this.#pairs().filter(
      ([{ name }, wanted]) =>
        (named === undefined || [name, wanted.name].includes(named)) &&
        (other === undefined || [name, wanted.name].includes(other)) &&
        this.#goneColumns(name).includes(from) &&
        this.#newColumns(name).includes(to),
    );
    if (fits.length !== 1) {
      const problem =
        fits.length === 0
          ? `no table has lost ${quote(from)} and got ${quote(to)}`
          : `several tables have: ${fits.map(([, { name }]) => name).join(', ')}; write the table before it, as in ${fits[0]![1].name}.${text}`;
      throw this.#wrong('--rename', text, problem);
    }
    // Tables are renamed before their columns.
    this.renames.push({ table: fits[0]![1].name, column: from, to });
  }

  dropTables(texts: readonly string[]): void {
    for (const text of texts.filter(each => !each.includes('.'))) {
      if (!this.#goneTables().includes(text)) {
        throw this.#wrong('--drop', text, 'there is no such table that the entities have no more');
      }
      this.#dropped.add(text);
    }
  }

  dropColumns(texts: readonly string[]): void {
    for (const text of texts.filter(each => each.includes('.'))) {
      const [table = '', column = ''] = text.split('.');
      const pair = this.#pairs().find(([{ name }, wanted]) => [name, wanted.name].includes(table));
      if (!pair || !this.#goneColumns(pair[0].name).includes(column)) {
        throw this.#wrong('--drop', text, 'there is no such column that the entities have no more');
      }
      this.#dropped.add(`${pair[1].name}.${column}`);
    }
  }

  tableQuestions(): Question[] {
    return this.#goneTables()
      .filter(name => !this.#dropped.has(name))
      .map(gone => ({
        gone,
        candidates: this.#newTables().filter(name => isLike(tableOf(this.before, gone)!, tableOf(this.after, name)!)),
      }))
      .filter(({ candidates }) => candidates.length > 0);
  }

  columnQuestions(): Question[] {
    return this.#pairs().flatMap(([table, wanted]) =>
      this.#goneColumns(table.name)
        .filter(column => !this.#dropped.has(`${wanted.name}.${column}`))
        .map(column => ({
          gone: `${wanted.name}.${column}`,
          candidates: this.#newColumns(table.name).filter(
            name => family(wanted.columns[name]!.type) === family(table.columns[column]!.type),
          ),
        }))
        .filter(({ candidates }) => candidates.length > 0),
    );
  }

  /** Whether the new name has been given to something else since a question was made. */
  isTaken(gone: string, name: string): boolean {
    const [table] = gone.split('.');
    return this.renames.some(
      rename => rename.to === name && ('column' in rename ? rename.table === table : !gone.includes('.')),
    );
  }

  /** The tables that are there before and after, under whichever names. */
  #pairs(): [SnapshotTable, SnapshotTable][] {
    return this.before.tables.flatMap(table => {
      const rename = this.renames.find(each => !('column' in each) && each.table === table.name);
      const wanted = tableOf(this.after, rename?.to ?? table.name);
      return wanted ? [[table, wanted]] : [];
    });
  }

  #goneTables(): string[] {
    const renamed = this.renames.map(({ table }) => table);
    const names = this.before.tables.map(({ name }) => name);
    return names.filter(name => !tableOf(this.after, name) && !renamed.includes(name));
  }

  #newTables(): string[] {
    const taken = this.renames.map(({ to }) => to);
    const names = this.after.tables.map(({ name }) => name);
    return names.filter(name => !tableOf(this.before, name) && !taken.includes(name));
  }

  #goneColumns(table: string): string[] {
    const [before, after] = this.#pairs().find(([{ name }]) => name === table)!;
    const renamed = this.#columnRenames(after).map(({ column }) => column);
    return missingIn(after.columns, before.columns).filter(name => !renamed.includes(name));
  }

  #newColumns(table: string): string[] {
    const [before, after] = this.#pairs().find(([{ name }]) => name === table)!;
    const taken = this.#columnRenames(after).map(({ to }) => to);
    return missingIn(before.columns, after.columns).filter(name => !taken.includes(name));
  }

  #columnRenames({ name }: SnapshotTable): { column: string; to: string }[] {
    return this.renames.flatMap(rename => ('column' in rename && rename.table === name ? [rename] : []));
  }

  #wrong(option: string, text: string, problem: string): MigrateError {
    const gone = [
      ...this.#goneTables(),
      ...this.#pairs().flatMap(([{ name }, wanted]) =>
        this.#goneColumns(name).map(column => `${wanted.name}.${column}`),
      ),
    ];
    const known = gone.length > 0 ? `gone are ${gone.join(', ')}` : 'nothing is gone';
    return new MigrateError(`${option} ${text} does not fit: ${problem}. Of what the migrations have made, ${known}.`);
  }
}

/** Whether half of the columns of either table have the same names as those of the other one. */
function isLike({ columns }: SnapshotTable, { columns: others }: SnapshotTable): boolean {
  const common = Object.keys(columns).filter(name => name in others).length;
  return common * 2 >= Math.max(Object.keys(columns).length, Object.keys(others).length);
}

/** Types between which values may be carried over. */
const families: readonly (readonly [RegExp, string])[] = [
  [/^(text|varchar|char|character|citext)/, 'text'],
  [/^(smallint|int|bigint|integer|numeric|decimal|real|double|float)/, 'number'],
  [/^(date|timestamp)/, 'time'],
];

function family(type: string): string {
  // An array is of no family but its own.
  return (type.includes('[') ? undefined : families.find(([pattern]) => pattern.test(type))?.[1]) ?? type;
}
