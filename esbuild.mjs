// Builds what ships into dist/: the extension, the backend with its command line, the panels, the Python runner as it is.
//   node esbuild.mjs [--watch] [--production]
import { context } from 'esbuild';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { watch } from 'node:fs';

const watching = process.argv.includes('--watch');
const production = process.argv.includes('--production');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'info',
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
  },
  {
    ...common,
    entryPoints: { trainyard: 'src/cli/main.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // Some packages inside are CommonJS and ask for Node's own modules by `require`.
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);",
    },
  },
  {
    ...common,
    entryPoints: { explore: 'webview/explore/main.ts' },
    outdir: 'dist/webview',
    platform: 'browser',
    target: 'chrome138',
    format: 'iife',
    tsconfig: 'webview/tsconfig.json',
  },
];

async function copyRunner() {
  await rm('dist/runner', { recursive: true, force: true });
  await cp('src/runner', 'dist/runner', { recursive: true, filter: (file) => !file.includes('__pycache__') });
}

/** The editor completes and checks `trainyard.json` by a schema made from the one that the backend parses with. */
async function writeSchema() {
  const bundle = await (
    await import('esbuild')
  ).build({
    entryPoints: ['src/contract/projectSchema.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
  });
  const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
  const { projectSchema } = await import(`data:text/javascript;base64,${code}`);
  await writeFile('dist/trainyard.schema.json', JSON.stringify(projectSchema(), null, 2));
}

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
const contexts = await Promise.all(programs.map((options) => context(options)));
if (watching) {
  await Promise.all([copyRunner(), writeSchema()]);
  await Promise.all(contexts.map((one) => one.watch()));
  watch('src/runner', { recursive: true }, () => void copyRunner());
} else {
  try {
    await Promise.all([copyRunner(), writeSchema(), ...contexts.map((one) => one.rebuild())]);
  } finally {
    await Promise.all(contexts.map((one) => one.dispose()));
  }
}
