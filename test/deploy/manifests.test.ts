import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { CronJob } from 'kubernetes-models/batch/v1/CronJob';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Service } from 'kubernetes-models/v1/Service';
import { parse, parseAllDocuments } from 'yaml';
import { settingNames } from '../../src/config/settings.js';
import { hashOfBuild, readBuild } from '../../src/migrate/build.js';
import { projectFolder } from '../../src/project-folder.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { endPrograms, run } from '../support/process.js';

// Each command takes seconds to start.
jest.setTimeout(60_000);

const read = (file: string) => readFile(`${projectFolder}/${file}`, 'utf8');
const [guide, composeFile, template, packaging] = await Promise.all(
  ['docs/deploying.md', 'docker-compose.yml', 'deploy/aws/template.yaml', 'deploy/aws/package.sh'].map(read),
);
const hash = await hashOfBuild(await readBuild());

let shop: TestApp;
beforeAll(async () => {
  shop = await startTestApp({ data: 'empty' });
});
afterEach(endPrograms);
afterAll(() => shop.close());

/** Runs what a container runs, on the test's database. */
async function runCommand([node, ...args]: string[]): Promise<string> {
  expect(node).toBe('node');
  const program = run(process.execPath, args, { DATABASE_URL: shop.database.url });
  const code = await program.ends();
  return `${code}: ${program.output()}`;
}

describe('deploy/kubernetes', () => {
  const image = 'registry.example/pier2-imports:1';
  // Tests look into objects of any shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  let job: any, deployment: any, service: any, backup: any;

  beforeAll(async () => {
    // As the guide fills the files in, without a cluster to send them to.
    const filling = /```sh\n(HASH=[^]*?)\n(?:kubectl)/.exec(guide!)![1]!;
    const program = run(
      'bash',
      ['-c', `set -e; ${filling}; IMAGE=${image}; fill migrate; echo ---; fill api; echo ---; fill backup`],
      {
        PATH: `${projectFolder}/node_modules/.bin:${process.env['PATH']}`,
      },
    );
    expect(await program.ends()).toBe(0);
    [job, deployment, service, backup] = parseAllDocuments(program.output(), { merge: true }).map(part => part.toJS());
  });

  test('has what Kubernetes takes, by its own schemas', () => {
    for (const [Model, object] of [
      [Job, job],
      [Deployment, deployment],
      [Service, service],
      [CronJob, backup],
    ] as const) {
      expect(object).toMatchObject({ apiVersion: Model.apiVersion, kind: Model.kind });
      expect(() => new (Model as new (data: object) => Job)(object).validate()).not.toThrow();
    }
    const wrong = structuredClone(job);
    wrong.spec.template.spec.containers[0].command = 'node';
    expect(() => new Job(wrong).validate()).toThrow();
  });

  test('names the Job by the hash of the migrations, and the image in each container', () => {
    expect(job.metadata.name).toBe(`pier2-migrate-${hash.slice(0, 12)}`);
    const pods = [job, deployment, backup.spec.jobTemplate].map(({ spec }) => spec.template.spec);
    const containers = pods.flatMap(({ initContainers = [], containers }) => [...initContainers, ...containers]);
    expect(containers.map(container => container.image)).toEqual(Array(5).fill(image));
  });

  test('migrates, and waits for it, by commands that work', async () => {
    const [migrate] = job.spec.template.spec.containers;
    const [wait] = deployment.spec.template.spec.initContainers;
    expect(await runCommand(migrate.command)).toMatch(/^0: /);
    expect(await runCommand(wait.command)).toBe('0: All migrations are there.\n');
    const rule = job.spec.podFailurePolicy.rules[0];
    expect(rule).toMatchObject({ action: 'FailJob', onExitCodes: { containerName: migrate.name } });
    // Kubernetes refuses a policy for any other.
    expect(job.spec.template.spec.restartPolicy).toBe('Never');
  });

  test('removes archives by a command that works, when new ones were made', async () => {
    const { initContainers: before, containers } = backup.spec.jobTemplate.spec.template.spec;
    expect(before.map(({ command }: { command: string[] }) => command.slice(2))).toEqual([
      ['backup', 'create', '--all'],
    ]);
    expect(await runCommand(containers[0].command)).toMatch(/^0: Removed 0 of 0 archives/);
  });

  test('asks the API at paths that it has, on its port', async () => {
    const [api] = deployment.spec.template.spec.containers;
    for (const [probe, status] of [
      ['readinessProbe', 'ready'],
      ['livenessProbe', 'live'],
    ] as const) {
      const { path, port } = api[probe].httpGet;
      expect(await (await fetch(`${shop.url}${path}`)).json()).toEqual({ status });
      expect(port).toBe(api.ports[0].name);
    }
    expect(await read('Dockerfile')).toContain(`EXPOSE ${api.ports[0].containerPort}`);
    expect(service.spec.ports[0].targetPort).toBe(api.ports[0].name);
    expect(deployment.spec.template.metadata.labels).toMatchObject(service.spec.selector);
  });
});

describe('docker-compose.yml', () => {
  const { services } = parse(composeFile!, { merge: true });

  test('migrates once, before the API starts, by a command that works', async () => {
    const { entrypoint, command, restart } = services.migrate;
    expect(restart).toBe('no');
    expect(await runCommand([...entrypoint, ...command])).toMatch(/^0: /);
    expect(services.api.depends_on.migrate).toEqual({ condition: 'service_completed_successfully' });
  });
});

describe('docs/backups.md', () => {
  test('has lines for cron whose commands are there', async () => {
    const lines = /```\n(0 2 [^]*?)\n```/g;
    const guide = await read('docs/backups.md');
    const { services } = parse(composeFile!, { merge: true });
    const commands = Array.from(guide.matchAll(lines), ([, line]) => line!).join(' ');
    expect(commands).toMatch(/npx pier2 backup create --all && npx pier2 backup prune --all/);
    expect(commands).toMatch(/compose run --rm backup create --all && docker compose run --rm backup prune --all/);
    expect(services.backup.entrypoint.slice(2)).toEqual(['backup']);
    const [folder] = services.backup.volumes.map((volume: string) => volume.split(':')[1]);
    expect(await read('Dockerfile')).toMatch(new RegExp(`BACKUP_STORAGE=${folder}[^]*--owner=node .*${folder}\n`));
  });
});

describe('deploy/aws/template.yaml', () => {
  const names = ['Ref', 'Sub', 'GetAtt'];
  const customTags = names.map(name => ({ tag: `!${name}`, resolve: (value: string) => ({ [name]: value }) }));
  const { Parameters: parameters, Resources: resources, Outputs: outputs } = parse(template!, { customTags });
  const { MigrationFunction: lambda, Migrations: migrations } = resources;

  test('runs a function that is there, on the Node that the project runs on', async () => {
    const { CodeUri: code, Handler: handler, Runtime: runtime } = lambda.Properties;
    expect(code).toBe(`../../${/^target=(.*)$/m.exec(packaging!)![1]}`);
    const [, file, name] = /^dist\/(.*)\.(\w+)$/.exec(handler)!;
    const path = `${projectFolder}/${file}.ts`;
    expect(existsSync(path)).toBe(true);
    expect(await import(path)).toMatchObject({ [name!]: expect.any(Function) });
    const { dependencies } = JSON.parse(await read('package.json')) as { dependencies: { node: string } };
    expect(runtime).toBe(`nodejs${Number.parseInt(dependencies.node)}.x`);
  });

  test('gives it settings that there are', () => {
    const known = [...settingNames, 'PGPASSWORD', 'NODE_EXTRA_CA_CERTS'];
    expect(known).toEqual(expect.arrayContaining(Object.keys(lambda.Properties.Environment.Variables)));
  });

  test('calls it when the hash changes, which is a parameter that has to be given', () => {
    expect(migrations.Properties).toEqual({
      ServiceToken: { GetAtt: 'MigrationFunction.Arn' },
      ServiceTimeout: expect.any(Number),
      MigrationHash: { Ref: 'MigrationHash' },
    });
    expect(parameters.MigrationHash).not.toHaveProperty('Default');
    expect(hash).toMatch(new RegExp(`^(${parameters.MigrationHash.AllowedPattern})$`));
    expect(migrations.Properties.ServiceTimeout).toBeGreaterThan(lambda.Properties.Timeout);
    expect(outputs.Outcome.Value).toEqual({ GetAtt: 'Migrations.Outcome' });
  });

  // By pip, for those who have it: nothing of npm knows AWS's schemas.
  const testWithLinter = spawnSync('cfn-lint', ['--version']).error ? test.skip : test;

  testWithLinter('is what AWS’s own schemas allow', async () => {
    const program = run('cfn-lint', ['deploy/aws/template.yaml']);
    expect([await program.ends(), program.output()]).toEqual([0, '']);
  });
});
