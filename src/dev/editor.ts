import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { CACHE, oneAtATime } from './cache.ts';
import { installDebianPackages } from './debian.ts';
import { find, npm, run, type Log } from './run.ts';

/** A VS Code whose workbench is a page in a browser and whose extension host is a Node process. */
export interface Editor {
  /** The version of code-server, the package that brings it: `4.139.1` carries VS Code 1.139.1. */
  version: string;
  /** The folder of VS Code's server; `out/server-main.js` starts it. */
  home: string;
  /** The Node that runs it, of the major version that it was made for. */
  node: string;
}

/** What `npm start` and the tests use. */
export const CURRENT = '4.139.1';
/** VS Code 1.105.1: the oldest that `engines.vscode` in package.json promises. */
export const OLDEST = '4.105.1';

/** The registry's own fingerprints, so that what is run is what was tried. */
const KNOWN: Readonly<Record<string, string>> = {
  [CURRENT]:
    'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
  [OLDEST]: 'sha512-uYQwGkhOMR1/1vkuvj8oR6A03yBcWvxemR4hZdMnBLyZKreZFx4oGhUSVq9lXedXb4kc0jwtYfoeee1J0Q09bw==',
};

/** Counts up when the steps below change, so that an older installation is not taken for a new one. */
const RECIPE = 1;

/**
 * Installs VS Code's server from the npm registry into `.cache/`, once; later calls find it in a millisecond.
 * An interrupted call leaves nothing that counts; of two at once, one works and the other waits.
 * Rejects with a message for a person where npm or the network fails.
 */
export async function obtainEditor(options: { log: Log; version?: string }): Promise<Editor> {
  const { log, version = CURRENT } = options;
  const name = `code-server-${version}-${RECIPE}`;
  const folder = join(CACHE, name);
  const vscode = `VS Code 1${version.slice(1)}`;
  if (!existsSync(folder)) {
    await oneAtATime(name, log, async () => {
      if (existsSync(folder)) return;
      const started = performance.now();
      log(`Fetching ${vscode} (once, about 50 MB) ...`);
      // A name of its own: programs that an interrupted call has started may still write into theirs.
      const making = mkdtempSync(`${folder}.making-`);
      for (const left of readdirSync(CACHE)) {
        if (left.startsWith(`${name}.making-`) && join(CACHE, left) !== making) discard(join(CACHE, left));
      }
      try {
        await install(version, making, log);
      } catch (error) {
        discard(making);
        throw new Error(`${vscode} couldn't be fetched. ${error instanceof Error ? error.message : ''}`, {
          cause: error,
        });
      }
      renameSync(making, folder);
      log(`${vscode} is ready after ${Math.round((performance.now() - started) / 1000)} s.`);
    });
  }
  return { version, home: join(folder, 'package', 'lib', 'vscode'), node: nodeOf(folder) };
}

async function install(version: string, folder: string, log: Log): Promise<void> {
  await unpack(version, folder);
  const home = join(folder, 'package', 'lib', 'vscode');
  await fetchNode(folder);
  useRegistryAlone(home);
  // The packages' own scripts would compile ten native modules. What the server needs comes compiled in the
  // packages; the rest (Kerberos, the key chain, the agent host's database) is loaded on demand and never asked for here.
  const onlyFiles = ['install', '--omit=dev', '--ignore-scripts'];
  await npm(onlyFiles, home);
  await npm(onlyFiles, join(home, 'extensions'));
  useStandIns(home);
  await fetchSearch(home);
  await buildTerminal(folder, home, log);
}

async function unpack(version: string, folder: string): Promise<void> {
  const packed = await npm(['pack', `code-server@${version}`, '--json'], folder);
  const [archive] = z
    .tuple([z.object({ filename: z.string(), integrity: z.string() })])
    .parse(JSON.parse(packed));
  const known = KNOWN[version];
  if (known !== undefined && archive.integrity !== known) {
    throw new Error(
      `code-server@${version} is not the one that was tried: ${archive.integrity}, expected ${known}.`,
    );
  }
  await run('tar', ['-xzf', archive.filename], { cwd: folder });
  rmSync(join(folder, archive.filename));
}

/** Another major version of Node than ours comes from the registry as well. */
async function fetchNode(folder: string): Promise<void> {
  const major = wantedNode(folder);
  if (major === ownNode) return;
  const home = join(folder, 'node');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{"private":true}');
  await npm(['install', `${nodePackage}@${major}`, '--ignore-scripts'], home);
}

const ownNode = process.versions.node.split('.', 1)[0] ?? '';
const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

function wantedNode(folder: string): string {
  const manifest = z.object({ engines: z.object({ node: z.string() }) });
  return manifest.parse(readJson(join(folder, 'package', 'package.json'))).engines.node;
}

function nodeOf(folder: string): string {
  if (wantedNode(folder) === ownNode) return process.execPath;
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(folder, 'node', 'node_modules', nodePackage, 'bin', program);
}

const Manifest = z.looseObject({ dependencies: z.record(z.string(), z.string()).optional() });
const LockedPackage = z.looseObject({
  ...Manifest.shape,
  version: z.string(),
  resolved: z.string().optional(),
});
const LockFile = z.looseObject({ packages: z.record(z.string(), LockedPackage) });

/** Older versions take a package from a git repository; the registry has the same version of it, compiled. */
function useRegistryAlone(home: string): void {
  const manifest = Manifest.parse(readJson(join(home, 'package.json')));
  const lock = LockFile.parse(readJson(join(home, 'npm-shrinkwrap.json')));
  const foreign = Object.entries(lock.packages).filter(
    ([, entry]) => entry.resolved?.startsWith('git') === true,
  );
  if (foreign.length === 0) return;
  for (const [path, { version }] of foreign) {
    const name = path.replace(/^.*node_modules\//, '');
    for (const place of [manifest, lock.packages['']]) {
      if (place?.dependencies?.[name] !== undefined) place.dependencies[name] = version;
    }
    delete lock.packages[path];
  }
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest, null, 2));
  writeFileSync(join(home, 'npm-shrinkwrap.json'), JSON.stringify(lock, null, 2));
}

/** Two native modules that every start asks for come in no compiled form; both are simple enough for JavaScript. */
function useStandIns(home: string): void {
  const standIns = [
    ['@vscode/spdlog', 'spdlog.cjs'],
    ['@vscode/native-watchdog', 'watchdog.cjs'],
    ['native-watchdog', 'watchdog.cjs'], // its name in older versions
  ] as const;
  for (const [name, file] of standIns) {
    const place = join(home, 'node_modules', name, 'index.js');
    if (existsSync(place)) cpSync(join(import.meta.dirname, 'standIns', file), place);
  }
}

/** Search (and `workspaceContains:`) is done by ripgrep. Older versions download it when installed; a newer package carries it. */
async function fetchSearch(home: string): Promise<void> {
  const old = join(home, 'node_modules', '@vscode', 'ripgrep');
  if (!existsSync(old)) return;
  const aside = join(home, 'ripgrep');
  mkdirSync(aside);
  writeFileSync(join(aside, 'package.json'), '{"private":true}');
  await npm(['install', '@vscode/ripgrep-universal@1.18.0', '--ignore-scripts'], aside);
  const program = process.platform === 'win32' ? 'rg.exe' : 'rg';
  const from = join(
    aside,
    'node_modules/@vscode/ripgrep-universal/bin',
    `${process.platform}-${process.arch}`,
    program,
  );
  mkdirSync(join(old, 'bin'), { recursive: true });
  cpSync(from, join(old, 'bin', program));
  rmSync(aside, { recursive: true });
}

/** The terminal's module is compiled only where its package doesn't bring one for this platform. */
async function buildTerminal(folder: string, home: string, log: Log): Promise<void> {
  const pty = join(home, 'node_modules', 'node-pty');
  if (existsSync(join(pty, 'prebuilds', `${process.platform}-${process.arch}`))) return;
  log('Compiling the terminal of this older VS Code ...');
  if (['g++', 'make', 'python3'].some((tool) => find(tool) === null)) {
    await installDebianPackages(['g++', 'make', 'python3'], log);
  }
  // Headers come with the Node package; without this node-gyp would download them. The environment wins over npm's files.
  const headers = dirname(dirname(nodeOf(folder)));
  const env = { ...process.env, npm_config_nodedir: headers };
  await npm(['rebuild', 'node-pty', '--ignore-scripts=false'], home, env);
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const discard = (folder: string): void => rmSync(folder, { recursive: true, force: true });
