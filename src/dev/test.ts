/**
 * `npm test`: every usual suite, one after the other, and a last line that counts them all. `npm test -- SUITE ...` runs some suites or
 * sets of them: `npm run test:long` the long ones, `npm run test:libraries` those with other people's libraries. A suite that can't run somewhere says why and counts as failed where it should have run.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { obtainBrowser } from './chromium.ts';
import { CACHE, oneAtATime } from './cache.ts';
import { obtainEditor, OLDEST } from './editor.ts';
import { findPython, pythonEnvironment } from './pythons.ts';
import { npm, run } from './run.ts';

const root = path.resolve(import.meta.dirname, '../..');
const bin = path.join(root, 'node_modules', '.bin');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Counts {
  passed: number;
  failed: number;
  /** Tests that can't run here; each says why. */
  skipped: number;
  /** What was printed about the failed ones: it is said again at the end, where one looks first. */
  said?: string;
}

/** The Node of the oldest VS Code that is supported (1.105). */
const OLDEST_NODE = '22.19.0';

/** The tests of `server` that touch what differs from Node to Node: SQLite, HTTP, streams, threads. */
const SERVER_ON_NODE = ['store', 'events', 'metrics', 'metrics-worker', 'http', 'streams'];

/**
 * What proves how the tests themselves open and read an editor, what a person sees only after minutes or with thousands of runs, and
 * one's first hour from end to end, each part of which other files have.
 */
const ONLY_LONG = /(harness|editors|windows|debug|language|extension|many)\.test\.ts$/;

/** The exit code of a suite that can't run here and has said why. */
const CANNOT_RUN = 77;

const suites: Record<string, () => Promise<Counts>> = {
  format: () => check(path.join(bin, 'prettier'), ['--check', '--log-level', 'warn', '.']),
  lint: () =>
    check(path.join(bin, 'oxlint'), [
      '--type-aware',
      '--deny-warnings',
      '--report-unused-disable-directives',
    ]),
  types: async () =>
    sum([
      await check(path.join(bin, 'tsc'), ['-p', '.']),
      await check(path.join(bin, 'tsc'), ['-p', 'webview']),
    ]),
  python: async () => {
    const ruff = path.join(await pythonEnvironment('ruff', ['ruff==0.17.6'], say), 'ruff');
    return sum([
      await check(ruff, ['format', '--check', 'src', 'media', 'test']),
      await check(ruff, ['check', 'src', 'media', 'test']),
    ]);
  },
  unit: () =>
    nodeTests(process.execPath, ['repository', 'contract', 'client', 'cli', 'extension', 'webview']),
  server: () => nodeTests(process.execPath, ['server']),
  'server on the oldest Node': async () =>
    testFiles(await oldestNode(), SERVER_ON_NODE.map(serverTest), { minutes: 3, env: {} }),
  runner: async () => {
    const oldest = findPython(['3.8']);
    const found = [...(oldest === null ? [] : [oldest]), 'python3'];
    if (oldest === null)
      say('NOT RUN on Python 3.8: none is here. Its syntax is checked by the Python that is.');
    const counts: Counts[] = [];
    for (const python of found) counts.push(await unittests(python, 'test/runner'));
    return sum(counts);
  },
  example: async () =>
    unittests(
      path.join(await pythonEnvironment('example', ['-r', 'media/example/requirements.txt'], say), 'python'),
      'test/example',
    ),
  start: () => nodeTests(process.execPath, ['dev']),
  vscode: async () => {
    await obtainEditor({ log: say });
    await obtainBrowser({ log: say });
    const report = path.join(CACHE, 'shown.jsonl');
    const files = testsIn(['vscode']).filter((file) => !ONLY_LONG.test(file));
    const env = { TRAINYARD_TEST_VSIX: await packageVsix() };
    const counts = await testFiles(process.execPath, files, { minutes: 4, env }, report);
    return sum([counts, await check(process.execPath, ['test/vscode/behaviours.ts', report])]);
  },
  'vscode on the desktop': async () => {
    const { code } = await show(process.execPath, ['test/vscode/desktop.ts']);
    return {
      passed: code === 0 ? 1 : 0,
      failed: code === 0 || code === CANNOT_RUN ? 0 : 1,
      skipped: code === CANNOT_RUN ? 1 : 0,
    };
  },
};

/** `npm run test:long`: together about 45 minutes on two cores that nobody else uses. */
const longSuites: typeof suites = {
  'all of server on the oldest Node': async () => nodeTests(await oldestNode(), ['server']),
  'vscode, the oldest': () => windows({ TRAINYARD_EDITOR_VERSION: OLDEST }),
  'vscode, from the package': async () =>
    windows({ TRAINYARD_TEST_VSIX: await packageVsix(), TRAINYARD_TEST_INSTALLED: '1' }),
  'a real GPU': async () => {
    const found = await run('python3', ['-c', 'import torch; print(torch.cuda.device_count())'], {
      cwd: root,
    })
      .then(Number)
      .catch(() => 0);
    if (found > 0) return nodeTests(process.execPath, ['gpu']);
    say('NOT RUN: trainings on a real GPU. python3 has no PyTorch here that sees one.');
    return { passed: 0, failed: 0, skipped: 1 };
  },
  'start, to a trained model': () =>
    testFiles(process.execPath, testsIn(['dev']), { minutes: 5, env: { TRAINYARD_TEST_LONG: '1' } }),
  /** What proves more the longer it runs: budgets of minutes, a new seed each time. */
  'histories, fuzz and storm': () =>
    testFiles(process.execPath, ['dispatcher', 'fuzz', 'storm'].map(serverTest), {
      minutes: 60,
      env: { TRAINYARD_TEST_LONG: '1' },
    }),
};

/** `npm run test:libraries`: the libraries that people train with, as PyPI has them; the first run fetches them. */
const librarySuites: typeof suites = {
  libraries: async () => {
    const making = show(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      'test/libraries/makeEnvironments.ts',
    ]);
    const counts = await testFiles(process.execPath, testsIn(['libraries']), { minutes: 15, env: {} });
    await making;
    return counts;
  },
};

/** All tests in a real VS Code, in every theme. */
async function windows(env: NodeJS.ProcessEnv): Promise<Counts> {
  await obtainEditor({
    log: say,
    ...(env['TRAINYARD_EDITOR_VERSION'] === undefined ? {} : { version: OLDEST }),
  });
  await obtainBrowser({ log: say });
  return testFiles(process.execPath, testsIn(['vscode']), {
    minutes: 10,
    env: { ...env, TRAINYARD_TEST_LONG: '1' },
  });
}

/** Makes the VSIX. @returns its path */
async function packageVsix(): Promise<string> {
  const printed = await run(process.execPath, ['src/dev/package.ts'], { cwd: root });
  const vsix = /^(.+\.vsix): /m.exec(printed)?.[1];
  if (vsix === undefined) throw new Error(`No package was made:\n${printed}`);
  return vsix;
}

const serverTest = (name: string): string => `test/server/${name}.test.ts`;

function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: a.skipped + b.skipped,
      said: `${a.said ?? ''}${b.said ?? ''}`,
    }),
    { passed: 0, failed: 0, skipped: 0, said: '' },
  );
}

/** Runs a program in the foreground; what it prints is both shown and returned. */
async function show(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; text: string; errors: string }> {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let errors = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (stream === child.stderr) errors += part;
      process.stdout.write(part);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, text, errors }));
  });
}

async function check(command: string, args: readonly string[]): Promise<Counts> {
  const { code, text, errors } = await show(command, args);
  if (code === 0) return { passed: 1, failed: 0, skipped: 0 };
  return { passed: 0, failed: 1, skipped: 0, said: errors === '' ? text : errors };
}

async function nodeTests(node: string, folders: readonly string[]): Promise<Counts> {
  return testFiles(node, testsIn(folders), { minutes: 3, env: {} });
}

function testsIn(folders: readonly string[]): string[] {
  const files = globSync(
    folders.map((folder) => `test/${folder}/**/*.test.ts`),
    { cwd: root },
  ).toSorted();
  if (files.length === 0) throw new Error(`There is no test in ${folders.join(', ')}.`);
  return files;
}

/**
 * @param budget what hangs for so long has failed, and doesn't keep the others waiting
 * @param report a file that is to list the tests that passed
 */
async function testFiles(
  node: string,
  files: readonly string[],
  budget: { minutes: number; env: NodeJS.ProcessEnv },
  report?: string,
): Promise<Counts> {
  const passed = ['--test-reporter=./src/dev/passedTests.ts', `--test-reporter-destination=${report}`];
  const { code, text } = await show(
    node,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-concurrency=2',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      ...(report === undefined ? [] : passed),
      `--test-timeout=${budget.minutes * 60_000}`,
      ...files,
    ],
    // Colours would hide the figures below.
    { ...budget.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  );
  const figure = (name: string): number => Number(new RegExp(`^ℹ ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  const counts = {
    passed: figure('pass'),
    failed: figure('fail') + figure('cancelled') + figure('todo'),
    skipped: figure('skipped'),
  };
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0))
    return { ...counts, failed: 1, said: `The tests ended with ${code}.\n` };
  return { ...counts, said: /^✖ failing tests:$[^]*/m.exec(text)?.[0] ?? '' };
}

async function unittests(python: string, folder: string): Promise<Counts> {
  const { code, text } = await show(python, ['-B', '-m', 'unittest', 'discover', '-s', folder], {
    PYTHONDONTWRITEBYTECODE: '1',
  });
  const ran = Number(/^Ran (\d+) tests?/m.exec(text)?.[1] ?? 0);
  const bad = [...(/^FAILED \((.*)\)/m.exec(text)?.[1] ?? '').matchAll(/\w+=(\d+)/g)].reduce(
    (n, [, one]) => n + Number(one),
    0,
  );
  return code === 0 && ran > 0
    ? { passed: ran, failed: 0, skipped: 0 }
    : {
        passed: Math.max(0, ran - bad),
        failed: Math.max(1, bad),
        skipped: 0,
        said: /^={70}$[^]*/m.exec(text)?.[0] ?? text,
      };
}

async function oldestNode(): Promise<string> {
  const folder = path.join(CACHE, `node-${OLDEST_NODE}`);
  await oneAtATime('oldest-node', say, async () => {
    if (existsSync(folder)) return;
    const making = `${folder}.making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { recursive: true });
    const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
    await npm(['install', '--no-save', '--prefix', making, `${platform}@${OLDEST_NODE}`], making);
    renameSync(path.join(making, 'node_modules', platform), folder);
    rmSync(making, { recursive: true });
  });
  return path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

async function main(): Promise<void> {
  const all = { ...suites, ...librarySuites, ...longSuites };
  const sets = new Map([
    ['usual', suites],
    ['long', longSuites],
  ]);
  const named = process.argv.slice(2);
  const asked = (named.length > 0 ? named : ['usual']).flatMap((name) =>
    Object.keys(sets.get(name) ?? { [name]: null }),
  );
  const strangers = asked.filter((name) => !Object.hasOwn(all, name));
  if (strangers.length > 0)
    throw new Error(`There is no suite ${strangers.join(', ')}; there are ${Object.keys(all).join('; ')}.`);
  await run(process.execPath, ['esbuild.mjs'], { cwd: root });
  const results: [name: string, counts: Counts, seconds: number][] = [];
  for (const [name, suite] of Object.entries(all)) {
    if (!asked.includes(name)) continue;
    say(`\n== ${name}`);
    const began = performance.now();
    const counts = await suite().catch((error: unknown): Counts => {
      say(`${name} could not run: ${error instanceof Error ? error.message : String(error)}`);
      return { passed: 0, failed: 1, skipped: 0, said: '' };
    });
    results.push([name, counts, (performance.now() - began) / 1000]);
  }
  say('');
  for (const [name, { failed, said = '' }] of results) {
    // Where it was in each frame of the stack stands further up, where it failed.
    if (failed > 0) say(`== ${name} failed\n\n${said.replaceAll(/^ +at .*\n/gm, '')}`);
  }
  for (const [name, { passed, failed, skipped }, seconds] of results) {
    say(
      `${failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${passed} of ${passed + failed}${skipped > 0 ? `, ${skipped} skipped` : ''} in ${seconds.toFixed(1)} s`,
    );
  }
  const total = sum(results.map(([, counts]) => counts));
  say(
    `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
  );
  process.exitCode = total.failed === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  say('0 passed, 1 failed');
  process.exitCode = 1;
});
