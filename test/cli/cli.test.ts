import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findBackend } from '../../src/client/backend.ts';
import { Exported } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';

/** What `trainyard` on the PATH is. */
const PROGRAM = path.resolve(import.meta.dirname, '../../dist/bin.mjs');
const version = JSON.parse(
  await (
    await import('node:fs/promises')
  ).readFile(path.resolve(import.meta.dirname, '../../package.json'), 'utf8'),
) as { version: string };

describe('The command line', () => {
  let folder = '';
  const home = (): string => path.join(folder, 'home');
  const project = (): string => path.join(folder, 'project');

  interface Said {
    code: number | null;
    out: string;
    err: string;
  }

  /** Runs `trainyard` as a person would, in the project; `onOutput` sees what it has printed so far. */
  async function trainyard(
    words: readonly string[],
    onOutput: (out: string) => void = () => undefined,
    cwd = project(),
  ): Promise<Said> {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      cwd,
      env: { ...process.env, TRAINYARD_HOME: home(), PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => onOutput((out += text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, out, err };
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trainyard-cli-'));
    await mkdir(project());
    await writeFile(
      path.join(project(), 'trainyard.json'),
      `{ "architectures": { "toy": { "train": "toy.py:train" } },
         "models": { "quick": { "architecture": "toy", "config": { "epochs": 2 } }, "endless": { "architecture": "toy", "config": { "epochs": 100000 } } } }`,
    );
    await writeFile(
      path.join(project(), 'toy.py'),
      `import time
def train(context, epochs):
    for epoch in range(epochs):
        if context.should_stop: break
        context.log(epoch=epoch + 1, figures={"mAP50(B)": {"val": 0.5}})
        context.progress(epoch + 1, epochs)
        print("epoch", epoch + 1)
        if epochs > 100: time.sleep(0.01)
`,
    );
  });
  after(async () => {
    const client = await findBackend(home(), version.version);
    if (client !== null) {
      const { runs } = await client.call('listRuns', { query: {} });
      assert.ok(runs.every((run) => isOver(run.status)));
      await trainyard(['stop']);
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('says where there is no trainyard.json, and what is wrong with one', async () => {
    const none = await trainyard(['train', 'quick'], undefined, folder);
    assert.equal(none.code, 1);
    assert.match(none.err, /^There is no trainyard\.json in .* or above it\./);
    const broken = path.join(folder, 'broken');
    await mkdir(broken);
    await writeFile(
      path.join(broken, 'trainyard.json'),
      '{\n  "architectures": { "toy": { "trian": "toy.py:train" } },\n  "models": {}\n}',
    );
    const said = await trainyard(['train'], undefined, broken);
    assert.equal(said.code, 1);
    assert.match(said.err, /broken\/trainyard\.json:2:\d+: architectures\.toy: .*"trian"/);
  });

  it('knows its commands and models', async () => {
    assert.match((await trainyard(['dance'])).err, /There is no command "dance"/);
    assert.equal((await trainyard(['dance'])).code, 2);
    assert.match((await trainyard(['train'])).err, /Which model\? .* has quick, endless\./);
    assert.match((await trainyard(['train', 'slow'])).err, /has no model "slow"; it has quick, endless\./);
    const beyond = await trainyard(['serve', '--host', '0.0.0.0']);
    assert.equal(beyond.code, 2);
    assert.match(beyond.err, /Remote-SSH.*SSH tunnel.*\n.*--allow-remote/);
    assert.match((await trainyard(['help'])).out, /train \[MODEL \.\.\.\]/);
  });

  it('starts a backend where none runs, trains, watches to the end, and says how it went', async () => {
    const { code, out, err } = await trainyard(['train', 'quick', '--watch', '--set', 'epochs=3']);
    assert.equal(code, 0, err);
    assert.match(out, /^quick v1 is queued: e-\w+$/m);
    assert.match(out, /^quick v1 {2}Success {2}█{24} {2}3\/3 epoch {2}\d+s {2}mAP50\(B\) 0\.5$/m);
    assert.match(err, /^This machine has no GPU: mgmt-train-toy trains on the CPU\.$/m);
    assert.equal((await trainyard(['logs', 'quick'])).out, 'epoch 1\nepoch 2\nepoch 3\n');
  });

  it('lists runs and services, for people and for programs', async () => {
    const { out } = await trainyard(['runs']);
    assert.match(out, /^NAME +STATUS +PROGRESS +DURATION +BEST +EXECUTION/);
    assert.match(out, /^quick v1 +✓ Success +3\/3 epoch +\d+s +mAP50 0\.5 +e-\w+$/m);
    const listed = JSON.parse((await trainyard(['runs', '--json', '--status', 'success'])).out) as {
      status: string;
    }[];
    assert.deepEqual(
      listed.map((run) => run.status),
      ['Success'],
    );
    assert.match((await trainyard(['runs', '--status', 'dead'])).err, /There is no status "dead"/);
    assert.match((await trainyard(['services'])).out, /^mgmt-train-toy +healthy +0 of 1 +0 +cpu/m);
  });

  it('exports what was logged: to a pipe, into a file, and no half of one', async () => {
    const csv = await trainyard(['export', 'quick', 'v1']);
    const [head, ...rows] = csv.out.trimEnd().split('\n');
    assert.equal(head, 'executionId,model,version,attempt,figure,legend,epoch,step,time,y', csv.err);
    assert.deepEqual(
      rows.map((row) => row.replace(/^e-\w+,(.*),[\d.]+,/, '$1 ')),
      [1, 2, 3].map((epoch) => `quick,1,1,mAP50(B),val,${epoch}, 0.5`),
    );
    const file = path.join(folder, 'out.json');
    const said = await trainyard([
      'export',
      'quick v1',
      '--figure',
      'mAP50(B)',
      '--attempt',
      '1',
      '-o',
      file,
    ]);
    assert.match(said.out, /^Wrote \d+ B to .*out\.json\.$/m, said.err);
    const { series } = Exported.parse(JSON.parse(await readFile(file, 'utf8')));
    assert.deepEqual(
      series.map((one) => [one.model, one.samples.map(({ epoch, y }) => [epoch, y])]),
      [[{ name: 'quick', version: 1 }, [1, 2, 3].map((epoch) => [epoch, 0.5])]],
    );
    const wrong = path.join(folder, 'wrong.csv');
    for (const [words, why] of [
      [['quick', '--figure', 'los', '-o', wrong], /^There is no figure "los"\.[^]*There are mAP50\(B\)\./],
      [['quick', '--attempt', '2', '-o', wrong], /^None of these has an attempt 2\./],
      [['quick', '--format', 'xml', '-o', wrong], /^There is no format "xml"; there are csv, json\./],
      [['nobody', '-o', wrong], /^There is no run "nobody"\./],
      [['quick', '-o', path.join(folder, 'no', 'folder.csv')], /ENOENT/],
      [[], /^Which execution\?/],
    ] as const) {
      const refused = await trainyard(['export', ...words]);
      assert.notEqual(refused.code, 0);
      assert.match(refused.err, why);
    }
    assert.deepEqual(
      (await readdir(folder)).filter((name) => /wrong|half/.test(name)),
      [],
    );
  });

  it('ends quietly where the reader of an export goes away', async () => {
    // More than a pipe takes in before it is read.
    const client = await findBackend(home(), version.version);
    const [run] = (await client!.call('listRuns', { query: { search: 'quick' } })).runs;
    const samples = Array.from({ length: 20_000 }, (_, step) => ({
      figure: 'noise',
      legend: '',
      step,
      y: Math.sin(step),
      time: step,
    }));
    await client!.call('report', {
      params: { id: run?.executionId ?? '' },
      body: { attempt: 1, batch: 'late:1', samples },
    });
    const child = spawn('sh', ['-c', `"$0" "$1" export quick v1 | head -n 1`, process.execPath, PROGRAM], {
      env: { ...process.env, TRAINYARD_HOME: home() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdout.resume();
    await new Promise((resolve) => child.on('close', resolve));
    assert.equal(err, '');
  });

  it('follows a log, and aborts: the exit code tells that it happened', async () => {
    const id = /queued: (e-\w+)/.exec((await trainyard(['train', 'endless'])).out)?.[1] ?? '';
    let aborted: Promise<Said> | null = null;
    const logs = await trainyard(['logs', id, '-f'], (out) => {
      if (out.includes('epoch 3\n')) aborted ??= trainyard(['abort', id]);
    });
    assert.equal(logs.code, 0);
    const said = await aborted!;
    assert.equal(said.code, 0, said.err);
    assert.match(said.out, /Terminated/);
    const again = await trainyard(['abort', id]);
    assert.equal(again.code, 1);
    assert.match(again.err, /Not now: it is over \(Terminated\)/);
  });

  it('B36 B60 pauses, resumes, sets and retries a service, named as people name it', async () => {
    const [service] = (await trainyard(['services', '--json'])).out.match(/s-\w+/) ?? [];
    assert.match(
      (await trainyard(['pause', 'toy'])).out,
      /^mgmt-train-toy is paused: it starts nothing more/,
    );
    const id = /queued: (e-\w+)/.exec((await trainyard(['train', 'quick'])).out)?.[1] ?? '';
    const held = await trainyard(['runs', id]);
    assert.match(held.out, /○ Created \(Paused\).*mgmt-train-toy is paused\. Resume it to start this\./);
    assert.match((await trainyard(['services'])).out, /^mgmt-train-toy +paused +0 of 1 +1 +cpu/m);
    const set = await trainyard(['configure', 'mgmt-train-toy', 'autoscaling=2', 'memory=2GB']);
    assert.match(
      set.out,
      /^mgmt-train-toy: autoscaling 1 -> 2, memory none -> 2GB\. What runs goes on as it began\.$/m,
    );
    assert.match((await trainyard(['configure', service ?? '', 'memory=none'])).out, /memory 2GB -> none/);
    const wrong = await trainyard(['configure', 'toy', 'autoscaling=many']);
    assert.deepEqual([wrong.code, wrong.err.startsWith('autoscaling: ')], [2, true]);
    assert.match((await trainyard(['retry', 'toy'])).out, /^mgmt-train-toy tries again now\.$/m);
    assert.match((await trainyard(['pause', 'nobody'])).err, /^There is no service "nobody"\./);
    const watched = trainyard(['logs', id, '-f']);
    assert.match((await trainyard(['resume', 'toy'])).out, /^mgmt-train-toy takes up its queue again\.$/m);
    assert.equal((await watched).out, 'epoch 1\nepoch 2\n');
  });

  it('says where the file sets its service otherwise, and how to apply that', async () => {
    const file = path.join(project(), 'trainyard.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"toy.py:train"', '"toy.py:train", "service": { "autoscaling": 3 }'));
    const { err, code } = await trainyard(['train', 'quick', '--watch']);
    await writeFile(file, text);
    assert.equal(code, 0);
    assert.match(
      err,
      /^mgmt-train-toy is set otherwise than trainyard\.json says: autoscaling 2 \(file: 3\)\. .* trainyard configure mgmt-train-toy 'autoscaling=3'$/m,
    );
  });

  it('B58 removes one that runs only after it is told twice, and aborts it first', async () => {
    const id = /queued: (e-\w+)/.exec((await trainyard(['train', 'endless'])).out)?.[1] ?? '';
    const asked = await trainyard(['remove', id]);
    assert.deepEqual(
      [asked.code, asked.err.split('\n')[0]],
      [2, 'This aborts and removes endless v2 with its files. Say it again with --yes.'],
    );
    const removed = await trainyard(['remove', id, '--yes']);
    assert.match(removed.out, /^endless v2 is removed\.$/m);
    assert.match((await trainyard(['runs', id])).err, /There is no execution/);
  });

  it('imports runs of MLflow, each once, and says what it left out', async () => {
    const run = path.join(project(), 'mlruns', '1', 'abcd');
    await mkdir(path.join(run, 'metrics'), { recursive: true });
    await writeFile(path.join(run, '..', 'meta.yaml'), "experiment_id: '1'\nname: shapes\n");
    await writeFile(
      path.join(run, 'meta.yaml'),
      'run_id: abcd\nrun_name: calm-owl\nstatus: 3\nstart_time: 1700000000000\n',
    );
    await writeFile(path.join(run, 'metrics', 'val_loss'), '1700000000000 0.5 1\n');
    const first = await trainyard(['import', 'mlruns']);
    assert.deepEqual([first.code, first.err], [0, '']);
    assert.match(first.out, /^1 run imported from .*mlruns$/m);
    assert.match((await trainyard(['import', 'mlruns'])).out, /^0 runs imported, 1 here already from /);
    assert.match((await trainyard(['runs', '--search', 'calm'])).out, /^calm-owl v1 +✓ Success/m);
    assert.match(
      (await trainyard(['rerun', 'calm-owl'])).err,
      /was imported: Trainyard can't stop it or run it again/,
    );
    const nothing = await trainyard(['import', 'toy.py']);
    assert.deepEqual([nothing.code, nothing.err.split('\n')[0]?.startsWith('There are no runs')], [1, true]);
    assert.equal((await trainyard(['import'])).code, 2);
    assert.match((await trainyard(['remove', 'calm-owl', '--yes'])).out, /^calm-owl v1 is removed\.$/m);
  });

  it('imports a folder of other libraries', async () => {
    await cp(path.resolve(import.meta.dirname, '../fixtures/runs'), path.join(project(), 'runs'), {
      recursive: true,
    });
    const first = await trainyard(['import', 'runs/']);
    assert.deepEqual([first.code, first.err], [0, '']);
    assert.match(first.out, /^4 runs imported from .*runs$/m);
    assert.match((await trainyard(['import', 'runs'])).out, /^0 runs imported, 4 here already from /);
    assert.match((await trainyard(['runs', '--search', 'keras'])).out, /^keras v1 +✓ Success/m);
    for (const name of ['old', 'new', 'first', 'keras'])
      assert.equal((await trainyard(['remove', name, '--yes'])).code, 0);
  });

  it('finds runs by a part of their name', async () => {
    assert.match(
      (await trainyard(['runs', '--search', 'QUI', '--status', 'success,failed'])).out,
      /^quick v1 /m,
    );
    assert.equal((await trainyard(['runs', '--search', 'nothing like it'])).out, 'No run is like that.\n');
  });
});
