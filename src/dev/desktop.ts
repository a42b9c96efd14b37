import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { find, isProgram } from './run.ts';
import { cleanEnvironment, writeSettings } from './userSettings.ts';

// Written after VS Code's own layout and its own smoke tests; tried against a stand-in program only, since no desktop
// VS Code could be had where this was written.

/** A desktop VS Code that can show a window here, or why there is none. */
export type FoundDesktop = { executable: string } | { missing: string };

export interface DesktopOptions {
  executable: string;
  /** The workspace folder, absolute; null for a window without one. */
  folder: string | null;
  /** The extension under development: the folder of its package.json. */
  extensionPath?: string;
  /** State, settings and logs, apart from the person's own. Keep it short: macOS allows 103 bytes for the sockets in it. */
  dataDir: string;
  /** Default: the person's own extensions. */
  extensionsDir?: string;
  userSettings?: Readonly<Record<string, unknown>>;
  env?: Readonly<Record<string, string | undefined>>;
}

export interface DesktopEditor {
  pid: number;
  /** All that it has printed so far. */
  output(): string;
  /** Resolves when VS Code has ended: on Linux and Windows with its last window, on macOS when it is quit. */
  exited: Promise<void>;
  /** Ends it with all that belongs to it, unsaved changes included; resolves when it is gone. */
  close(): Promise<void>;
}

/**
 * Looks for `$TRAINYARD_DESKTOP_VSCODE`, for `code` and its relatives on the PATH, and where installers put them.
 * What counts is the program itself, not the command: inside VS Code's terminals `code` speaks to a window elsewhere.
 */
export function findDesktopVSCode(env: NodeJS.ProcessEnv = process.env): FoundDesktop {
  const display = whyNoDisplay(env);
  if (display !== null) return { missing: display };
  const chosen = env['TRAINYARD_DESKTOP_VSCODE'];
  if (chosen !== undefined && chosen !== '') {
    return isProgram(chosen)
      ? { executable: chosen }
      : { missing: `TRAINYARD_DESKTOP_VSCODE is no program: ${chosen}` };
  }
  const commands = ['code', 'code-insiders', 'codium', 'code-oss'].map((name) => find(name, env['PATH']));
  const candidates = commands.flatMap((command) => (command === null ? [] : programsBehind(command)));
  const executable = [...candidates, ...usualPlaces(env)].find(isProgram);
  return executable === undefined ? { missing: 'No desktop VS Code was found.' } : { executable };
}

function whyNoDisplay(env: NodeJS.ProcessEnv): string | null {
  if (process.platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    return 'There is no display (DISPLAY and WAYLAND_DISPLAY are not set).';
  }
  if (process.platform === 'darwin' && env['SSH_CONNECTION']) return 'There is no display in an SSH session.';
  return null;
}

/** The programs that a `code` command may stand for, by the layouts of VS Code's installers. */
function programsBehind(command: string): string[] {
  const script = realpathSync(command);
  // The command of a remote window, and Windows' VS Code seen from WSL, can't open a window for us to end.
  if (script.includes(`${sep}remote-cli${sep}`) || script.startsWith('/mnt/')) return [];
  const bin = dirname(script);
  if (process.platform === 'darwin') return macPrograms(join(bin, '..', '..', '..', '..'));
  if (process.platform === 'win32')
    return [join(bin, '..', 'Code.exe'), join(bin, '..', 'Code - Insiders.exe')];
  return [join(bin, '..', basename(script))];
}

/** Older releases call the program Electron, newer ones Code. */
const macPrograms = (app: string): string[] =>
  ['Electron', 'Code'].map((name) => join(app, 'Contents', 'MacOS', name));

function usualPlaces(env: NodeJS.ProcessEnv): string[] {
  if (process.platform === 'darwin') {
    const folders = ['/Applications', join(homedir(), 'Applications')];
    return folders.flatMap((folder) => macPrograms(join(folder, 'Visual Studio Code.app')));
  }
  if (process.platform === 'win32') {
    const folders = [join(env['LOCALAPPDATA'] ?? '', 'Programs'), env['ProgramFiles'] ?? ''];
    return folders.map((folder) => join(folder, 'Microsoft VS Code', 'Code.exe'));
  }
  return ['/usr/share/code/code', '/opt/visual-studio-code/code', '/snap/code/current/usr/share/code/code'];
}

/** What `folder` and the extension are opened with; the tests start VS Code by the same. */
export function desktopArguments(
  options: Omit<DesktopOptions, 'executable' | 'userSettings' | 'env'>,
): string[] {
  const { folder, extensionPath, dataDir, extensionsDir } = options;
  return [
    ...(folder === null ? [] : [folder]),
    '--new-window',
    `--user-data-dir=${dataDir}`,
    ...(extensionsDir === undefined ? [] : [`--extensions-dir=${extensionsDir}`]),
    ...(extensionPath === undefined ? [] : [`--extensionDevelopmentPath=${extensionPath}`]),
    '--skip-welcome',
    '--skip-release-notes',
    '--disable-workspace-trust',
    // As root Electron starts only without its sandbox.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

/**
 * Opens a window of a desktop VS Code, as a program of its own beside one that may run already. It ends with `close()`,
 * and when our own process ends. Rejects when the program can't be started.
 */
export async function openDesktopVSCode(options: DesktopOptions): Promise<DesktopEditor> {
  const { executable, dataDir } = options;
  if (!existsSync(executable)) throw new Error(`There is no VS Code at ${executable}.`);
  writeSettings(join(dataDir, 'User'), options.userSettings ?? {});
  const leash = join(import.meta.dirname, 'leash.ts');
  const child = spawn(process.execPath, [leash, executable, ...desktopArguments(options)], {
    env: cleanEnvironment(options.env ?? {}),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const close = (): Promise<void> => {
    child.stdin.destroy();
    return exited;
  };
  return { pid: child.pid ?? 0, output: () => output, exited, close };
}
