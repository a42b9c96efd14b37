#!/usr/bin/env node
// `trainyard` on the PATH. The program needs a Node with SQLite in it; where this one has none, a clone has its own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const program = new URL('./trainyard.mjs', import.meta.url);
const own = fileURLToPath(
  new URL(`../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
);

if (major > 22 || (major === 22 && minor >= 16)) {
  await import(program.href);
} else if (existsSync(own)) {
  const { status } = spawnSync(own, [fileURLToPath(program), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  console.error(`Trainyard needs Node 22.16 or newer; this is ${process.versions.node}.`);
  process.exitCode = 1;
}
