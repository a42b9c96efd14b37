import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { resolveCliPathFromVSCodeExecutablePath } from '@vscode/test-electron';
import { _electron } from 'playwright-core';
import { placeFolder } from '../../../src/dev/browserEditor.ts';
import { desktopArguments } from '../../../src/dev/desktop.ts';
import { run } from '../../../src/dev/run.ts';
import { cleanEnvironment, writeSettings } from '../../../src/dev/userSettings.ts';
import { SIZE, type EditorWindow, type LaunchOptions } from './launch.ts';

// The way of VS Code's own smoke tests: Playwright starts the Electron program and drives its window like a page, so
// that the same page objects serve. No desktop VS Code could be had where this was written: it has not been run.

/** What the operating system would draw is drawn by VS Code itself, where a test can see it. */
const DRAWN_BY_ITSELF = {
  'window.titleBarStyle': 'custom',
  'window.menuStyle': 'custom',
  'window.dialogStyle': 'custom',
  'window.restoreWindows': 'none',
};

/** Opens a window of the desktop VS Code whose program is `executable`. */
export async function launchOnDesktop(executable: string, options: LaunchOptions): Promise<EditorWindow> {
  const { folder, extension, dataDir, size = SIZE } = options;
  const extensionsDir = options.extensionsDir ?? join(dataDir, 'extensions');
  mkdirSync(extensionsDir, { recursive: true });
  writeSettings(join(dataDir, 'User'), { ...DRAWN_BY_ITSELF, ...options.userSettings });
  const env = cleanEnvironment(options.env ?? {});
  if (extension?.kind === 'folder') placeFolder(extension.path, extensionsDir);
  if (extension?.kind === 'vsix') {
    const cli = resolveCliPathFromVSCodeExecutablePath(executable);
    const where = [`--extensions-dir=${extensionsDir}`, `--user-data-dir=${dataDir}`];
    await run(cli, ['--install-extension', extension.path, '--force', ...where], { env, deadlineMs: 60_000 });
  }
  const place = { folder, dataDir, extensionsDir };
  const development = extension?.kind === 'development' ? { extensionPath: extension.path } : {};
  const app = await _electron.launch({
    executablePath: executable,
    args: desktopArguments({ ...place, ...development }),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? ''])),
    timeout: 60_000,
  });
  try {
    let output = '';
    for (const stream of [app.process().stdout, app.process().stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const page = await app.firstWindow({ timeout: 60_000 });
    await page.setViewportSize(size);
    // Without the server's test driver toasts show as they do for a person.
    return {
      page,
      toasts: true,
      logs: join(dataDir, 'logs'),
      output: () => output,
      close: () => app.close(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}
