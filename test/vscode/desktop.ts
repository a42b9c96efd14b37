// node test/vscode/desktop.ts [test file ...]
// Runs the suite of this folder, unchanged, in a desktop VS Code that @vscode/test-electron downloads: what the harness
// drives in a browser elsewhere it then drives in Electron. Needs internet once, and a display (on Linux: xvfb-run).
// TRAINYARD_VSCODE_VERSION picks the release (`stable`, `insiders`, `1.105.0`).
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { downloadAndUnzipVSCode, SilentReporter } from '@vscode/test-electron';
import { CACHE } from '../../src/dev/cache.ts';

/** The exit code that says: nothing has been tried, so nothing is known. */
const NOT_RUN = 77;

function notRun(why: string): void {
  process.stdout.write(`\nNOT RUN: the suite in desktop VS Code. ${why}\n`);
  process.stdout.write(
    'What "npm test" showed was VS Code\'s workbench in Chromium, with its real extension host.\n\n',
  );
  process.exitCode = NOT_RUN;
}

async function download(): Promise<string | null> {
  const version = process.env['TRAINYARD_VSCODE_VERSION'] ?? 'stable';
  try {
    const cachePath = join(CACHE, 'vscode-test');
    return await downloadAndUnzipVSCode({ version, cachePath, reporter: new SilentReporter() });
  } catch (error) {
    notRun(`It can't be downloaded: ${error instanceof Error ? error.message : String(error)}.`);
    return null;
  }
}

async function suite(executable: string): Promise<number> {
  const given = process.argv.slice(2);
  const files = given.length > 0 ? given : globSync(join(import.meta.dirname, '*.test.ts'));
  const env = { ...process.env, TRAINYARD_TEST_DESKTOP: executable };
  const child = spawn(process.execPath, ['--test', ...files], { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const executable = await download();
if (executable !== null) {
  const { env, platform } = process;
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    notRun('There is no display. Try: xvfb-run -a node test/vscode/desktop.ts');
  } else {
    process.exitCode = await suite(executable);
  }
}
