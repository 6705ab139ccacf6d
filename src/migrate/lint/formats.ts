import { asGithub } from './formats/github.js';
import { asJson } from './formats/json.js';
import { asSarif } from './formats/sarif.js';
import { asText } from './formats/text.js';
import type { LintReport } from './lint-migrations.js';

/** The forms that findings can be told in, by the name that a command takes. */
export const formats = { text: asText, json: asJson, sarif: asSarif, github: asGithub } satisfies Record<
  string,
  (report: LintReport) => string
>;

export type Format = keyof typeof formats;
