/** Environments from requirements, made by real installers beside real starts: once, for whoever wants it, for as long as somebody does. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import * as z from 'zod';
import { uvEnvironment } from '../../src/dev/pythons.ts';
import type { Engine, StartKey } from '../../src/server/engines/engine.ts';
import { EngineHarness } from './engineHarness.ts';

const DEADLINE_MS = 60_000;
const RETURNS = 'def train(context): print("ran", flush=True)';
const USES = 'import own_package, sys\ndef train(c): print(own_package.VALUE, sys.prefix)';

let uv: string;
before(async () => {
  uv = await uvEnvironment((line) => process.stdout.write(line + '\n'));
});
let harness: EngineHarness;
beforeEach(async () => {
  harness = await EngineHarness.make();
});
afterEach(() => harness.end());

/**
 * A package of the test's own, so that no network is needed. Each time that it is built it writes down its process, holds as many bytes
 * as it is told, and waits for the gate, where it is closed.
 */
function localPackage({ closed = false, holds = 0 } = {}): { name: string; text: string } {
  if (!closed) openGate();
  harness.write(
    'own/pyproject.toml',
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  );
  harness.write(
    'own/backend.py',
    `import os, time, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    held = bytearray(${holds})
    held[::4096] = bytes(len(held[::4096]))
    with open(${JSON.stringify(buildsFile())}, 'a') as builds: print(os.getpid(), file=builds)
    while not os.path.exists(${JSON.stringify(gate())}): time.sleep(.02)
    name = 'own_package-1.0-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:
        wheel.writestr('own_package/__init__.py', 'VALUE = 42')
        wheel.writestr('own_package-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: own-package\\nVersion: 1.0\\n')
        wheel.writestr('own_package-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr('own_package-1.0.dist-info/RECORD', '')
    return name
`,
  );
  return { name: 'requirements.txt', text: `${path.join(harness.project, 'own')}\n` };
}

/** What has uv on its PATH, which is by far the faster installer. */
const withUv = (): { environment: Record<string, string> } => ({
  environment: {
    PATH: `${uv}${path.delimiter}${process.env['PATH']}`,
    HOME: harness.folder,
    TMPDIR: harness.folder,
  },
});

const gate = (): string => path.join(harness.folder, 'gate');
const openGate = (): void => writeFileSync(gate(), '');
const buildsFile = (): string => path.join(harness.folder, 'builds');
/** The processes that have built it, in order. */
const builds = (): number[] =>
  existsSync(buildsFile()) ? readFileSync(buildsFile(), 'utf8').trim().split('\n').map(Number) : [];

const inEnvironments = (wanted: (name: string) => boolean): string[] =>
  readdirSync(path.join(harness.home, 'environments')).filter(wanted);
const environments = (): string[] => inEnvironments((name) => !name.includes('.'));

/** The process that makes the only environment here. */
function maker(): number {
  const [name] = inEnvironments((one) => one.endsWith('.maker'));
  assert.ok(name !== undefined, 'nobody makes it');
  const text = readFileSync(path.join(harness.home, 'environments', name), 'utf8');
  return z.object({ pid: z.int() }).parse(JSON.parse(text)).pid;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!isSo()) {
    assert.ok(Date.now() < deadline, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const making = (engine: Engine, key: StartKey) =>
  harness.until(engine, key, 'starting', (seen) => seen.doing.startsWith('making the environment of req'));

/** The first of two begins to make it, and both wait. */
async function twoWait(engine: Engine): Promise<[StartKey, StartKey]> {
  const requirements = localPackage({ closed: true });
  const first = harness.start(USES, { requirements, ...withUv() });
  await engine.submit(first);
  await until('the build begins', () => builds().length === 1);
  const other = harness.start(USES, { requirements, ...withUv() });
  await engine.submit(other);
  await making(engine, other);
  return [first, other];
}

/** Living processes of this start, its supervisor left out. */
const treeOf = (key: StartKey): number[] =>
  harness
    .processes(`TRAINYARD_START_FOLDER=${harness.startFolder(key)}`)
    .filter((pid) => pid !== harness.supervisor(key));

const lives = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('An environment from requirements', () => {
  it('that cannot be made tells why to all who wait for it, and is tried again by the next', async () => {
    const engine = harness.engine();
    const requirements = { name: 'requirements.txt', text: './no-such-folder\n' };
    const two = [harness.start(RETURNS, { requirements }), harness.start(RETURNS, { requirements })];
    await Promise.all(two.map((start) => engine.submit(start)));
    for (const start of two) {
      const { ready, exit, startFailure } = await harness.ended(engine, start);
      assert.deepEqual([ready, exit, startFailure?.code], [false, null, 'EnvironmentFailed']);
      assert.match(
        startFailure?.message ?? '',
        /^The environment of requirements\.txt can't be made: .*no-such-folder/,
      );
      assert.match(harness.log(start, engine), /^ERROR: .*no-such-folder/m);
    }
    await until('it is cleaned up', () => inEnvironments((name) => name.endsWith('.sock')).length === 0);
    assert.deepEqual(environments(), []);
    const next = harness.start(RETURNS, { requirements, ...withUv() });
    await engine.submit(next);
    const { startFailure } = await harness.ended(engine, next);
    assert.match(startFailure?.message ?? '', /^The environment of req.* can't be made: .*no-such-folder/);
    assert.match(harness.log(next, engine), /^Trainyard: making the environment of requirements\.txt/);
  });

  it('is made once for two that start together, beyond their memory limits, and used again', async () => {
    const engine = harness.engine();
    const requirements = localPackage({ holds: 300_000_000 });
    const limited = { requirements, memoryBytes: 150_000_000 };
    const two = [harness.start(USES, limited), harness.start(USES, limited)];
    await Promise.all(two.map((start) => engine.submit(start)));
    for (const start of two) assert.deepEqual((await harness.ended(engine, start)).exit, { code: 0 });
    // A command has the environment's programs first on its PATH.
    const command = ['python', '-c', 'import own_package, sys; print(own_package.VALUE, sys.prefix)'];
    const third = harness.start(null, { command, requirements });
    await engine.submit(third);
    assert.deepEqual((await harness.ended(engine, third)).exit, { code: 0 });
    assert.deepEqual([environments().length, builds().length], [1, 1]);
    const logs = [...two, third].map((start) => harness.log(start, engine));
    for (const log of logs) assert.match(log, /^42 .*environments\/[0-9a-f]+$/m);
    for (const log of logs.slice(0, 2)) assert.match(log, /^Successfully installed own-package/m);
  });

  it('goes on being made for the others where the start that began it is aborted', async () => {
    const engine = harness.engine();
    const [first, other] = await twoWait(engine);
    const began = Date.now();
    await engine.stop(first, 20);
    const { ready, exit, stopped } = await harness.ended(engine, first);
    assert.deepEqual([ready, exit, stopped], [false, null, true]);
    assert.ok(Date.now() - began < 10_000, 'it waited for the grace, or for the installer');
    assert.deepEqual(treeOf(first), []);
    assert.deepEqual(builds().filter(lives).length, 1);
    openGate();
    assert.deepEqual((await harness.ended(engine, other)).exit, { code: 0 });
    assert.equal(builds().length, 1);
    const log = harness.log(other, engine);
    assert.match(log, /^Trainyard: waiting for the environment of requirements\.txt, which is being made/);
    assert.match(log, /^ \+ own-package==1\.0/m);
  });

  it('goes on being made where the supervisor that began it is killed, and is nothing that it left', async () => {
    const engine = harness.engine();
    const [first, other] = await twoWait(engine);
    process.kill(harness.supervisor(first), 'SIGKILL');
    await harness.until(engine, first, 'gone');
    assert.deepEqual(harness.warnings, []);
    openGate();
    assert.deepEqual((await harness.ended(engine, other)).exit, { code: 0 });
    assert.equal(builds().length, 1);
  });

  it('is no longer made once nobody waits for it, and the next makes it anew', async () => {
    const engine = harness.engine();
    const [first, other] = await twoWait(engine);
    await engine.stop(first, 20);
    process.kill(harness.supervisor(other), 'SIGKILL');
    await harness.ended(engine, first);
    await harness.until(engine, other, 'gone');
    assert.ok(await harness.nothingIsLeft(), 'installers without anybody who waits');
    assert.deepEqual(environments(), []);
    // The installers had the time to clean up after themselves.
    assert.deepEqual(readdirSync(harness.folder).toSorted(), ['.cache', 'builds', 'home', 'project']);
    openGate();
    const next = harness.start(USES, { requirements: localPackage(), ...withUv() });
    await engine.submit(next);
    assert.deepEqual((await harness.ended(engine, next)).exit, { code: 0 });
    assert.equal(builds().length, 2);
  });

  it('is made anew where what makes it is killed, once nothing of its installers runs', async () => {
    const engine = harness.engine();
    const [first, other] = await twoWait(engine);
    process.kill(maker(), 'SIGKILL');
    await until('it is built again', () => builds().length === 2);
    assert.ok(!lives(builds()[0] ?? 0), 'two build it at once');
    openGate();
    for (const start of [first, other])
      assert.deepEqual((await harness.ended(engine, start)).exit, { code: 0 });
    assert.deepEqual([environments().length, builds().length], [1, 2]);
  });

  it('counts as failed where what makes it is killed again and again', async () => {
    const engine = harness.engine();
    const start = harness.start(USES, { requirements: localPackage({ closed: true }), ...withUv() });
    await engine.submit(start);
    for (let n = 1; n <= 3; n++) {
      await until('it is built again', () => builds().length === n);
      process.kill(maker(), 'SIGKILL');
    }
    const { startFailure } = await harness.ended(engine, start);
    assert.match(
      startFailure?.message ?? '',
      /requirements\.txt can't be made: its making was ended 3 times/,
    );
    // What the last one left, the next one ends before it begins.
    openGate();
    const next = harness.start(USES, { requirements: localPackage(), ...withUv() });
    await engine.submit(next);
    assert.deepEqual((await harness.ended(engine, next)).exit, { code: 0 });
  });

  it('of a start that a stranger ends tells the signal, for a command too', async () => {
    const engine = harness.engine();
    const start = harness.start(null, {
      command: ['true'],
      requirements: localPackage({ closed: true }),
      ...withUv(),
    });
    await engine.submit(start);
    await making(engine, start);
    process.kill(harness.supervisor(start), 'SIGTERM');
    const { ready, exit } = await harness.ended(engine, start);
    assert.deepEqual([ready, exit], [false, { signal: 'SIGTERM' }]);
  });
});
