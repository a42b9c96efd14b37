import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { CACHE } from './cache.ts';
import type { Editor } from './editor.ts';
import { cleanEnvironment, writeSettings } from './userSettings.ts';
import { run, type Log } from './run.ts';

/**
 * How the extension gets into the editor.
 * - `development`: as by `code --extensionDevelopmentPath`. The editor's test driver must be on for it: toasts never
 *   show. `tests` names a module whose `run()` is called in the extension host.
 * - `folder`: an unpacked extension, there as if installed; everything shows as at a user's.
 * - `vsix`: a package, really installed.
 */
export type ExtensionSource =
  | { kind: 'development'; path: string; tests?: string }
  | { kind: 'folder'; path: string }
  | { kind: 'vsix'; path: string };

export interface EditorServerOptions {
  editor: Editor;
  /** The workspace folder, absolute; null for a window without one. */
  folder: string | null;
  extension?: ExtensionSource;
  /** Holds settings, state and logs. One per running editor. */
  dataDir: string;
  /** Default: `<dataDir>/extensions`. One per running editor. */
  extensionsDir?: string;
  /** Laid over CALM_SETTINGS and over what `dataDir` has from an earlier time. */
  userSettings?: Readonly<Record<string, unknown>>;
  /** Laid over our own environment, less npm's and VS Code's variables; `undefined` removes one. */
  env?: Readonly<Record<string, string | undefined>>;
  log?: Log;
}

export interface EditorServer {
  /** To be opened in a browser; it holds the key without which the server answers nobody. */
  url: string;
  port: number;
  /** Leads the process group of the server, its extension hosts and their children. */
  pid: number;
  /** Where the logs of this start are: `<logs>/<time>/exthost1/remoteexthost.log`. */
  logs: string;
  /** All that the server has printed so far. */
  output(): string;
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<void>;
  /** Ends the server and all that belongs to it; resolves when it is gone. What detached itself on purpose lives on. */
  close(): Promise<void>;
}

const START_DEADLINE_MS = 30_000;
const END_DEADLINE_MS = 10_000;

/**
 * Starts VS Code's server on a free port of the loopback interface. It ends with `close()`, and also when our own
 * process ends in whatever way. Rejects, with what the server printed, when it doesn't listen within 30 s.
 */
export async function openEditorServer(options: EditorServerOptions): Promise<EditorServer> {
  const { editor, folder, extension, dataDir } = options;
  const extensionsDir = options.extensionsDir ?? join(dataDir, 'extensions');
  const env = cleanEnvironment(options.env ?? {});
  mkdirSync(extensionsDir, { recursive: true });
  writeSettings(join(dataDir, 'data', 'User'), options.userSettings ?? {});
  if (extension?.kind === 'vsix') await installVsix(options, extension.path, extensionsDir, env);
  if (extension?.kind === 'folder') placeFolder(extension.path, extensionsDir);

  const main = [join(editor.home, 'out', 'server-main.js'), '--accept-server-license-terms'];
  const where = ['--server-data-dir', dataDir, '--extensions-dir', extensionsDir];
  const door = ['--host', '127.0.0.1', '--port', '0', '--connection-token-file', tokenFile()];
  // Only with this flag does the page heed `extensionDevelopmentPath`.
  const driver = extension?.kind === 'development' ? ['--enable-smoke-test-driver'] : [];
  const leash = join(import.meta.dirname, 'leash.ts');
  const child = spawn(process.execPath, [leash, editor.node, ...main, ...where, ...door, ...driver], {
    cwd: editor.home,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });

  let output = '';
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const listening = new Promise<number>((resolve) => {
    const read = (text: string): void => {
      output += text;
      const port = /listening on (\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
  });
  child.once('error', (error) => (output += `${error.message}\n`));

  const close = async (): Promise<void> => {
    // The leash ends the group once we let go of it.
    child.stdin.destroy();
    const gone = exited.then(() => true);
    if (!(await Promise.race([gone, after(END_DEADLINE_MS, false)]))) {
      child.kill('SIGKILL');
      throw new Error(`VS Code's server (${child.pid}) didn't end within ${END_DEADLINE_MS / 1000} s.`);
    }
  };

  const port = await Promise.race([listening, exited.then(() => null), after(START_DEADLINE_MS, null)]);
  if (port === null || child.pid === undefined) {
    await close();
    throw new Error(`VS Code's server didn't start. It printed:\n${output}`);
  }
  const url = address(port, folder, extension);
  return {
    url,
    port,
    pid: child.pid,
    logs: join(dataDir, 'data', 'logs'),
    output: () => output,
    exited,
    close,
  };
}

/** `localhost`, since webviews work in a secure context alone, and the name counts as one. */
function address(port: number, folder: string | null, extension: ExtensionSource | undefined): string {
  const url = new URL(`http://localhost:${port}/`);
  url.searchParams.set('tkn', readFileSync(tokenFile(), 'utf8'));
  if (folder === null) url.searchParams.set('ew', 'true');
  else url.searchParams.set('folder', urlPath(folder));
  if (extension?.kind === 'development') {
    const remote = (path: string): string => `vscode-remote://localhost:${port}${urlPath(path)}`;
    const payload = [['extensionDevelopmentPath', remote(extension.path)]];
    if (extension.tests !== undefined) payload.push(['extensionTestsPath', remote(extension.tests)]);
    url.searchParams.set('payload', JSON.stringify(payload));
  }
  return url.href;
}

/** `/home/a`, and `/c:/a` on Windows. */
const urlPath = (path: string): string => decodeURIComponent(pathToFileURL(path).pathname);

/**
 * The key to the server: without one, everybody with an account on this machine could run code as us.
 * One for all servers of a checkout, since the browser keeps it in a cookie of `localhost`, whatever the port.
 */
function tokenFile(): string {
  const file = join(CACHE, 'editor-token');
  try {
    writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!existsSync(file)) throw error;
  }
  return file;
}

const Identity = z.object({ publisher: z.string(), name: z.string(), version: z.string() });

/** The editor takes every folder that it finds there, once its own list of them is gone. */
export function placeFolder(path: string, extensionsDir: string): void {
  const manifest: unknown = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const { publisher, name, version } = Identity.parse(manifest);
  const place = join(extensionsDir, `${publisher}.${name}-${version}`);
  rmSync(place, { recursive: true, force: true });
  rmSync(join(extensionsDir, 'extensions.json'), { force: true });
  symlinkSync(path, place, 'junction');
}

async function installVsix(
  options: EditorServerOptions,
  vsix: string,
  extensionsDir: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { editor, dataDir, log } = options;
  const main = join(editor.home, 'out', 'server-main.js');
  const where = ['--server-data-dir', dataDir, '--extensions-dir', extensionsDir];
  const args = [main, '--accept-server-license-terms', '--install-extension', vsix, '--force', ...where];
  const said = await run(editor.node, args, { cwd: editor.home, env, deadlineMs: 60_000 });
  log?.(said.trim());
}

/** Resolves with `value` later, without keeping the process alive for it. */
const after = <T>(ms: number, value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(() => resolve(value), ms).unref());
