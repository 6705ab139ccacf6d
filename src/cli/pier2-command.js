#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// The door to the command: runs it on Node 24, which the project brings along, whatever Node this is. In plain JavaScript,
// since that Node may be too old for all else.
const wantedMajor = 24;

/**
 * Node lets what is made pile up to some 60 MB before it looks what of it is still needed. For the commands that pass a whole shop
 * through, that is a third of their memory. This lets it look sooner, and costs them no time that can be seen.
 */
const smallHeap = '--optimize-for-size';
const passShops = ['backup create', 'backup verify', 'backup restore', 'tenants clone', 'tenants remove'];

if (Number.parseInt(process.versions.node) >= wantedMajor) {
  if (
    passShops.includes(process.argv.slice(2, 4).join(' ')) &&
    process.platform !== 'win32' &&
    !process.execArgv.includes(smallHeap)
  ) {
    // It stays the same process, so that signals reach it.
    process.execve(
      process.execPath,
      [process.execPath, ...process.execArgv, smallHeap, ...process.argv.slice(1)],
      process.env,
    );
  }
  await runHere();
} else {
  runOnNewerNode();
}

/** Runs the sources where they are, else what was built of them. */
async function runHere() {
  const source = new URL('pier2.ts', import.meta.url);
  if (existsSync(source)) {
    await import('@oxc-node/core/register');
    await import(source.href);
  } else {
    await import(new URL('../../dist/src/cli/pier2.js', import.meta.url).href);
  }
}

/** Opens this door again on the Node of the npm package `node`, and passes signals and the exit code on. */
function runOnNewerNode() {
  const child = spawn(findNode(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', error => {
    console.error(
      `Node ${wantedMajor} cannot be started (${error.message}); run "npm install" in the project's folder.`,
    );
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exitCode = code;
    }
  });
}

function findNode() {
  try {
    return createRequire(import.meta.url).resolve(process.platform === 'win32' ? 'node/bin/node.exe' : 'node/bin/node');
  } catch {
    console.error(`Node ${wantedMajor} is missing; run "npm install" in the project's folder.`);
    process.exit(1);
  }
}
