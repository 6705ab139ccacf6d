import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.js';
import { settingNames } from '../src/config/settings.js';
import { projectFolder } from '../src/project-folder.js';

const [serverPart, composePart] = (await readFile(`${projectFolder}/.env.example`, 'utf8')).split('## docker compose');
const composeFile = await readFile(`${projectFolder}/docker-compose.yml`, 'utf8');

describe('.env.example', () => {
  test('lists the settings of the server, all of them, no others, in their order', () => {
    expect(Object.keys(variablesOf(serverPart!))).toEqual(settingNames);
  });

  test('gives examples that the server takes', () => {
    expect(() => loadConfig(variablesOf(serverPart!))).not.toThrow();
  });

  test('lists the variables of docker-compose.yml, all of them and no others', () => {
    const used = Array.from(composeFile.matchAll(/\$\{(\w+)/g), ([, name]) => name!);
    expect(Object.keys(variablesOf(composePart!)).sort()).toEqual([...new Set(used)].sort());
  });

  test('sets nothing when it is copied as it is', () => {
    expect(serverPart).not.toMatch(/^\w+=/m);
  });
});

/** The variables that a part names, in comments too. */
function variablesOf(part: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(part.matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm), ([, name, value]) => [name!, value!]),
  );
}
