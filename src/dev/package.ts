/** `npm run package`: builds for production, packs what runs into a VSIX, and prints what it weighs. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { run } from './run.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<
  string,
  string
>;
const vsix = path.join(root, `${name}-${version}.vsix`);

await run(process.execPath, ['esbuild.mjs', '--production'], { cwd: root });
const vsce = path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
await run(process.execPath, [vsce, 'package', '--no-dependencies', '--out', vsix], { cwd: root });
process.stdout.write(await run(process.execPath, [vsce, 'ls', '--no-dependencies'], { cwd: root }));
process.stdout.write(`${vsix}: ${(statSync(vsix).size / 1e6).toFixed(2)} MB\n`);
