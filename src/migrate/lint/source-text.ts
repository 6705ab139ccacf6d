/** The source of a migration, in which its statements are looked for. */
export class SourceText {
  readonly #lines: string[];
  /** The source as its strings and templates read, without the backslashes of escapes. */
  readonly #read: string;
  /** For each character of that, the line that it stands in. */
  readonly #lineOfCharacter: number[];

  constructor(source: string) {
    this.#lines = source.split('\n');
    const characters: string[] = [];
    this.#lineOfCharacter = [];
    let line = 1;
    for (const [text] of source.matchAll(/\\[^]|[^]/g)) {
      characters.push(text.length === 1 ? text : (escapes[text[1]!] ?? text[1]!));
      this.#lineOfCharacter.push(line);
      line += text.endsWith('\n') ? 1 : 0;
    }
    this.#read = characters.join('');
  }

  /**
   * The lines of the characters of a text that stands there literally, the first at or behind a line; undefined for one that
   * is built at run time.
   */
  linesOf(text: string, behind = 1): number[] | undefined {
    const from = this.#lineOfCharacter.indexOf(behind);
    const at = this.#read.indexOf(text, Math.max(from, 0));
    const place = at === -1 ? this.#read.indexOf(text) : at;
    return place === -1 ? undefined : this.#lineOfCharacter.slice(place, place + text.length + 1);
  }

  /** What stands behind `//` in a line. */
  commentIn(line: number): string | undefined {
    return /(?:^|[\s;,({[])\/\/(.*)$/.exec(this.#lines[line - 1] ?? '')?.[1];
  }

  /** The lines right above one that are comments and nothing else. */
  commentLinesAbove(line: number): number[] {
    const lines: number[] = [];
    for (let above = line - 1; /^\s*\/\//.test(this.#lines[above - 1] ?? ''); above--) {
      lines.push(above);
    }
    return lines;
  }
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
