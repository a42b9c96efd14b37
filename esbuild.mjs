// Builds what ships into dist/: the extension, the backend with its command line, the panels, the Python runner as it is.
//   node esbuild.mjs [--watch] [--production]
import { build, context } from 'esbuild';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { watch } from 'node:fs';
import { pathToFileURL } from 'node:url';

const watching = process.argv.includes('--watch');
const production = process.argv.includes('--production');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  // The task behind F5 waits for the words that a watch prints.
  logLevel: watching ? 'info' : 'warning',
  // A package's own modules where it has them: what is CommonJS by default may load its parts by path.
  mainFields: ['module', 'main'],
  define: { TRAINYARD_VERSION: JSON.stringify(version) },
};

/** @type {import('esbuild').BuildOptions[]} */
const programs = [
  {
    ...common,
    entryPoints: { extension: 'src/extension/extension.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['vscode'],
    // The extension host warns of each look at Node's own `navigator`, and some packages look.
    define: { ...common.define, navigator: 'undefined' },
  },
  {
    ...common,
    // The metric store's thread is a program of its own: it starts sooner, and in half the memory, without the rest.
    entryPoints: { trainyard: 'src/cli/main.ts', metrics: 'src/server/metrics/worker.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // Some packages inside are CommonJS and ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  },
  {
    ...common,
    // A page each, by the name of its kind.
    entryPoints: {
      explore: 'webview/explore/main.ts',
      table: 'webview/table/main.ts',
      service: 'webview/service/main.ts',
      model: 'webview/model/main.ts',
    },
    outdir: 'dist/webview',
    platform: 'browser',
    target: 'chrome138',
    // What several pages have in common, the charts above all, is there once.
    format: 'esm',
    splitting: true,
    chunkNames: 'shared-[hash]',
    tsconfig: 'webview/tsconfig.json',
    // Its other half reads bundles from a disk.
    alias: { '@vscode/l10n': '@vscode/l10n/dist/browser.js' },
  },
];

async function copyRunner() {
  await rm('dist/runner', { recursive: true, force: true });
  await cp('src/runner', 'dist/runner', { recursive: true, filter: (file) => !file.includes('__pycache__') });
}

async function copyCommand() {
  await cp('src/cli/bin.mjs', 'dist/bin.mjs');
  await chmod('dist/bin.mjs', 0o755);
}

/** The editor completes and checks `trainyard.json` by a schema made from the one that the backend parses with. */
async function writeSchema() {
  const made = 'dist/schema.tmp.mjs';
  await build({
    ...common,
    sourcemap: false,
    entryPoints: ['src/contract/projectSchema.ts'],
    outfile: made,
    format: 'esm',
  });
  const { projectSchema } = await import(pathToFileURL(made).href);
  await rm(made);
  await writeFile('dist/trainyard.schema.json', JSON.stringify(projectSchema(), null, 2));
}

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
const contexts = await Promise.all(programs.map((options) => context(options)));
if (watching) {
  await Promise.all([copyRunner(), copyCommand(), writeSchema()]);
  await Promise.all(contexts.map((one) => one.watch()));
  watch('src/runner', { recursive: true }, () => void copyRunner());
} else {
  try {
    await Promise.all([copyRunner(), copyCommand(), writeSchema(), ...contexts.map((one) => one.rebuild())]);
  } finally {
    await Promise.all(contexts.map((one) => one.dispose()));
  }
}
