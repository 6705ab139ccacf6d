import { DomainError, languageUnavailable, quote, unknownLanguage } from '../errors.js';
import { ProblemCode, type Problems } from '../problems.js';

/** The languages of the Guide by their codes, each with its text search configuration of PostgreSQL. */
export type Languages = ReadonlyMap<string, string>;

/**
 * The text search configuration of a language.
 * @throws DomainError UNKNOWN_LANGUAGE
 */
export function configurationOf(languages: Languages, code: string): string {
  const configuration = languages.get(code);
  if (configuration === undefined) {
    throw unknownLanguage(code, [...languages.keys()]);
  }
  return configuration;
}

/** Reports a language that there is not; undefined where the caller gave none. */
export function checkLanguage(
  problems: Problems,
  languages: Languages,
  code: string | null | undefined,
): string | undefined {
  if (code !== undefined && !languages.has(code ?? '')) {
    const message = `The Guide has no language ${quote(code)}; there are ${[...languages.keys()].join(', ')}.`;
    problems.add(ProblemCode.UNKNOWN_LANGUAGE, 'language', message);
  }
  return code ?? undefined;
}

/**
 * Does something with a text search configuration.
 * @throws DomainError LANGUAGE_UNAVAILABLE when PostgreSQL has no such configuration
 */
export async function usingConfiguration<Result>(configuration: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isUnknownConfiguration(error) ? languageUnavailable(configuration) : error;
  }
}

const undefinedObject = '42704';
const undefinedSchema = '3F000';

function isUnknownConfiguration(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return !(error instanceof DomainError) && [undefinedObject, undefinedSchema].includes(code);
}
