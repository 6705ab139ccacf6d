import { fingerprints, schemaObjects, type Asks } from './fingerprint.js';
import type { ExpectedSchemas } from './expected.js';
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
  known: ReadonlySet<string>,
  tenants: readonly MigratedTenant[],
): Promise<SchemaGroup[]> {
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
          ? unknownMigrations(unknown)
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

/** The first object of two sorted lists that one has and the other has not; undefined when they are equal. */
export function compareObjects(expected: readonly string[], found: readonly string[]): SchemaDifference | undefined {
  const [hasExpected, hasFound] = [new Set(expected), new Set(found)];
  const missing = expected.find(line => !hasFound.has(line));
  const additional = found.find(line => !hasExpected.has(line));
  if (missing === undefined && additional === undefined) {
    return undefined;
  }
  // One that is there in another form is told as one difference.
  const changed =
    missing === undefined ? undefined : found.find(line => !hasExpected.has(line) && isSame(line, missing));
  if (missing !== undefined && (additional === undefined || changed !== undefined || missing < additional)) {
    const description =
      changed === undefined ? `lacks the ${missing}` : `has the ${changed}\n  instead of the ${missing}`;
    return { description, expected: missing, found: changed };
  }
  const instead = expected.find(line => !hasFound.has(line) && isSame(line, additional!));
  return {
    description: `has the ${additional}${instead === undefined ? ', which no migration makes' : `\n  instead of the ${instead}`}`,
    expected: instead,
    found: additional,
  };
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

function unknownMigrations(names: readonly string[]): SchemaDifference {
  const description = `has seen ${names.join(', ')}, which this build does not have`;
  return { description, expected: undefined, found: undefined };
}
