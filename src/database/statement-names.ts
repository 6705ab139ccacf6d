import { createHash } from 'node:crypto';

/** Statements beyond this many run without a name, so that neither this process nor the server collects them. */
const maxNamedStatements = 1000;

/** The names of a process's prepared statements, made from their texts. */
export class StatementNames {
  readonly #names = new Map<string, string>();

  /** The name of a statement; undefined for one that has to run without. */
  of(text: string): string | undefined {
    let name = this.#names.get(text);
    if (name === undefined && this.#names.size < maxNamedStatements) {
      name = createHash('sha1').update(text).digest('base64url');
      this.#names.set(text, name);
    }
    return name;
  }

  /** Gives a statement another name. Connections keep the old statement under its name. */
  renew(text: string): void {
    const name = this.#names.get(text);
    if (name !== undefined) {
      this.#names.set(text, `${name}+`);
    }
  }
}
