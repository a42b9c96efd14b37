import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parse } from 'jsonc-parser';

/** Nothing pops up, updates itself, asks about trust or talks to anybody. */
export const CALM_SETTINGS: Readonly<Record<string, unknown>> = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'window.autoDetectColorScheme': false,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  // Else every port that a training opens would be announced, and looked for by reading all of /proc.
  'remote.autoForwardPorts': false,
  'git.openRepositoryInParentFolders': 'never',
};

/**
 * Writes `settings.json` into a folder for user settings: CALM_SETTINGS, over them what is there from an earlier time,
 * over that what is wanted now. A running window doesn't see it.
 */
export function writeSettings(folder: string, wanted: Readonly<Record<string, unknown>>): void {
  const file = join(folder, 'settings.json');
  const earlier: unknown = existsSync(file) ? parse(readFileSync(file, 'utf8')) : {};
  const kept = typeof earlier === 'object' ? earlier : {};
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...CALM_SETTINGS, ...kept, ...wanted }, null, 2));
}

/**
 * What a person's own shell would hand to the editor: not what npm, the test runner or an editor around us adds.
 * `wanted` is laid over it; `undefined` removes a variable.
 */
export function cleanEnvironment(wanted: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const foreign = /^(npm_|VSCODE_|ELECTRON_|NODE_TEST_CONTEXT$|NODE_OPTIONS$|NODE_V8_COVERAGE$|INIT_CWD$)/i;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((entry) => !/node_modules[\\/]\.bin$|node-gyp-bin$/.test(entry))
    .join(delimiter);
  // VSCODE_CLI: the environment is as it should be; no login shell's is laid over it.
  return { ...Object.fromEntries(own), PATH: path, VSCODE_CLI: '1', ...wanted };
}
