/** `npm run bench [-- NAME ...]`: prints figures beside their aims. Names: the other files of this folder. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';

const all = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !['run.ts', 'tell.ts'].includes(file))
  .map((file) => file.slice(0, -'.ts'.length));
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : all) {
  if (!all.includes(name)) throw new Error(`There is no benchmark "${name}"; there are ${all.join(', ')}.`);
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, `${name}.ts`)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
