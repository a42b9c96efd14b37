/**
 * `npm run screenshots`: every view and page in four states and three themes, in a real VS Code, with a page that shows them all.
 * `npm run screenshots -- STATE ...` takes those of some states; `readme` takes the pictures of the README instead.
 */
import { run } from '../../../src/dev/run.ts';
import { obtainBrowser } from '../../../src/dev/chromium.ts';
import { obtainEditor } from '../../../src/dev/editor.ts';
import { ROOT } from '../trainings.ts';
import { broken } from './broken.ts';
import { Gallery, writeContactSheet } from './gallery.ts';
import { many } from './many.ts';
import { nothing } from './nothing.ts';
import { one } from './one.ts';
import { readme } from './readme.ts';

const STATES = { nothing, one, many, broken };
const states = Object.keys(STATES);

const asked = process.argv.slice(2);
const unknown = asked.filter((word) => word !== 'readme' && !states.includes(word));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}: choose of ${[...states, 'readme'].join(', ')}.`);
  process.exit(2);
}

await run(process.execPath, ['esbuild.mjs'], { cwd: ROOT });
await obtainEditor({ log: console.log });
await obtainBrowser({ log: console.log });

const failures: string[] = [];
for (const [state, take] of Object.entries(STATES)) {
  if (asked.length > 0 && !asked.includes(state)) continue;
  console.log(`Taking the pictures of "${state}" ...`);
  const gallery = new Gallery(state);
  await take(gallery);
  failures.push(...gallery.failures);
  console.log(`All pictures are in ${writeContactSheet(states)}`);
}
if (asked.includes('readme')) for (const file of await readme()) console.log(file);
for (const failure of failures) console.error(`No picture: ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
