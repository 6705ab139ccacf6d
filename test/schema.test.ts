import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { projectFolder } from '../src/project-folder.js';
import { createApiSchema } from '../src/schema.js';

/** Everything of the schema that can have a description, by its place, such as `Query.orders(first)`. */
function describable(schema: GraphQLSchema): [place: string, description: string | null | undefined][] {
  const types = Object.values(schema.getTypeMap()).filter(
    type => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  return types.flatMap(type => {
    const places: [string, string | null | undefined][] = [[type.name, type.description]];
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        places.push([`${type.name}.${field.name}`, field.description]);
        places.push(
          ...field.args.map(arg => [`${type.name}.${field.name}(${arg.name})`, arg.description] as (typeof places)[0]),
        );
      }
    } else if (isInputObjectType(type)) {
      places.push(
        ...Object.values(type.getFields()).map(
          field => [`${type.name}.${field.name}`, field.description] as (typeof places)[0],
        ),
      );
    } else if (isEnumType(type)) {
      places.push(
        ...type.getValues().map(value => [`${type.name}.${value.name}`, value.description] as (typeof places)[0]),
      );
    }
    return places;
  });
}

describe('The schema', () => {
  it('describes every type, field, argument, enum value and input field', async () => {
    const places = describable(await createApiSchema());
    expect(places.filter(([, description]) => !description?.trim()).map(([place]) => place)).toEqual([]);
    expect(places.length).toBeGreaterThan(150);
  });

  it('ends every description as a sentence does', async () => {
    const places = describable(await createApiSchema());
    expect(places.filter(([, description]) => description && !/[.!?]$/.test(description.trim()))).toEqual([]);
  });
});

/** What is made from the code and committed. */
const files = ['schema.graphql', 'docs/permissions.md', 'docs/migration-rules.md'];

describe.each(files)('The file %s', file => {
  let copy: string;
  // A copy of what the command reads, so that the file of the project is left alone.
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'pier2-schema-'));
    for (const name of ['src', 'package.json', 'tsconfig.json', ...files]) {
      await cp(join(projectFolder, name), join(copy, name), { recursive: true });
    }
    await symlink(join(projectFolder, 'node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rm(copy, { recursive: true }));

  /** Runs the schema's command on the copy. */
  async function run(...args: string[]): Promise<{ exitCode: number; output: string }> {
    const child = spawn(process.execPath, ['--import', '@oxc-node/core/register', 'src/cli/schema.ts', ...args], {
      cwd: copy,
      // Without what jest set for its own process.
      env: { PATH: process.env['PATH'] },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const [exitCode] = (await once(child, 'close')) as [number];
    return { exitCode, output };
  }

  it('says what the code says', async () => {
    expect(await run('--check')).toEqual({ exitCode: 0, output: '' });
  });

  it('is refused when it is stale, with the command that mends it, and left as it is', async () => {
    await appendFile(join(copy, file), '\ntype Stale {\n  id: ID!\n}\n');
    const stale = await readFile(join(copy, file), 'utf8');
    const { exitCode, output } = await run('--check');
    expect(exitCode).toBe(1);
    expect(output).toContain(`${file} is stale: run \`npm run schema:write\` and commit it.`);
    expect(await readFile(join(copy, file), 'utf8')).toBe(stale);
  });

  it('is refused when it is missing', async () => {
    await rm(join(copy, file));
    expect((await run('--check')).exitCode).toBe(1);
  });

  it('is written by the command that the message names', async () => {
    expect((await run()).exitCode).toBe(0);
    expect(await readFile(join(copy, file), 'utf8')).toBe(await readFile(join(projectFolder, file), 'utf8'));
    expect(JSON.parse(await readFile(join(projectFolder, 'package.json'), 'utf8')).scripts['schema:write']).toContain(
      'src/cli/schema.ts',
    );
  });
});
