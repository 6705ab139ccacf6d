import { fingerprints, schemaObjects, type Asks } from './fingerprint.js';
import type { ExpectedSchemas } from './expected.js';
import type { MigrationFile } from './files.js';
import { partlySeen } from './squash/squashed.js';
import type { MigratedTenant } from './tenants.js';

/** Tenants whose schemas are equal, and how they differ from what the migrations give that they have seen. */
export interface SchemaGroup {
  /** Empty where there is nothing in the schema. */
  fingerprint: string;
  /** The last migration that they have seen. */
  migration: string | undefined;
  tenants: MigratedTenant[];
  /** Undefined when the schemas are as they should be. */
  difference: SchemaDifference | undefined;
}

/** The first object, by its text, that one of two schemas has and the other has not. */
export interface SchemaDifference {
  /** In words. */
  description: string;
  expected: string | undefined;
  found: string | undefined;
}

/** The tenants in groups of equal schemas that have seen the same migrations, large groups first. */
export async function groupBySchema(
  client: Asks,
  expected: ExpectedSchemas,
  files: readonly MigrationFile[],
  tenants: readonly MigratedTenant[],
): Promise<SchemaGroup[]> {
  const known = new Set(files.map(({ name }) => name));
  const found = await fingerprints(
    client,
    tenants.map(({ schema }) => schema),
  );
  const groups = new Map<readonly string[], Map<string, MigratedTenant[]>>();
  for (const tenant of tenants) {
    const fingerprint = found.get(tenant.schema) ?? '';
    const ofVersion = groups.get(tenant.seen) ?? new Map<string, MigratedTenant[]>();
    const members = ofVersion.get(fingerprint) ?? [];
    members.push(tenant);
    groups.set(tenant.seen, ofVersion.set(fingerprint, members));
  }
  const result: SchemaGroup[] = [];
  for (const [seen, ofVersion] of groups) {
    const unknown = seen.filter(name => !known.has(name));
    const right = unknown.length === 0 ? await expected.fingerprint(seen) : undefined;
    for (const [fingerprint, members] of ofVersion) {
      const isRight = fingerprint === right;
      const difference = isRight
        ? undefined
        : unknown.length > 0
          ? unknownMigrations(
              partlySeen(seen, files) ?? `has seen ${unknown.join(', ')}, which this build does not have`,
            )
          : await firstDifference(client, expected, seen, members[0]!.schema);
      result.push({ fingerprint, migration: seen.at(-1), tenants: members, difference });
    }
  }
  return result.sort((a, b) => b.tenants.length - a.tenants.length);
}

async function firstDifference(
  client: Asks,
  expected: ExpectedSchemas,
  seen: readonly string[],
  schema: string,
): Promise<SchemaDifference> {
  return compareObjects(await expected.objects(seen), await schemaObjects(client, schema))!;
}

/** The first object of two lists that one has and the other has not, tables first; undefined when they are equal. */
export function compareObjects(expected: readonly string[], found: readonly string[]): SchemaDifference | undefined {
  const [hasExpected, hasFound] = [new Set(expected), new Set(found)];
  const missing = expected.filter(line => !hasFound.has(line));
  const additional = found.filter(line => !hasExpected.has(line));
  const [first] = [...missing, ...additional].sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  if (first === undefined) {
    return undefined;
  }
  const wanted = missing.find(line => isSame(line, first));
  const instead = additional.find(line => isSame(line, first));
  return { description: describe(wanted, instead), expected: wanted, found: instead };
}

function describe(expected: string | undefined, found: string | undefined): string {
  if (found === undefined) {
    return `lacks the ${expected}`;
  }
  return expected === undefined
    ? `has the ${found}, which no migration makes`
    : `has the ${found}\n  instead of the ${expected}`;
}

/** What all else stands in comes first. */
function order(line: string): number {
  return line.startsWith('table ') ? 0 : 1;
}

/** Whether two lines are of one object. */
function isSame(a: string, b: string): boolean {
  return nameOf(a) === nameOf(b);
}

/** What kind of object a line is of, and its name. */
function nameOf(line: string): string {
  const [kind] = line.split(' ', 1);
  const name =
    kind === 'index'
      ? /INDEX (\S+) ON/.exec(line)
      : kind === 'trigger'
        ? /TRIGGER (\S+) /.exec(line)
        : kind === 'function'
          ? /(?:FUNCTION|PROCEDURE) ([^)]*\))/.exec(line)
          : /^\S+ (\S+)/.exec(line);
  return `${kind} ${name?.[1] ?? line}`;
}

function unknownMigrations(description: string): SchemaDifference {
  return { description, expected: undefined, found: undefined };
}
