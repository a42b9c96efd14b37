/** Where a training goes on after it died: always from a checkpoint that is whole, and from the last one of those. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ReportedFile, Run } from '../../src/contract/shapes.ts';
import { lastWhole } from '../../src/server/dispatch/checkpoints.ts';
import { RealBackend } from './realBackend.ts';
import { cannotMount, mount, unmount } from './smallDisk.ts';

/**
 * Writes a checkpoint over and over, in small parts, and makes each known. What it is handed over it reads, checks and tells: where that
 * isn't whole, it fails. `way`: in place; to another name first; under a name of its own; a folder, in place or of its own.
 */
const WRITER = `
import hashlib, json, os, signal, time
SIZE, PART = 200_000, 256

def content(n):
    body = (str(n) + " ").encode() * (SIZE // len(str(n) + " "))
    return json.dumps([n, len(body), hashlib.sha1(body).hexdigest()]).encode().ljust(100) + body

def whole(path):
    with open(path, "rb") as file: text = file.read()
    n, size, digest = json.loads(text[:100])
    assert len(text) == 100 + size and hashlib.sha1(text[100:]).hexdigest() == digest, path + " is not whole"
    return n

def write(path, n):
    with open(path, "wb", buffering=0) as file:
        text = content(n)
        for at in range(0, len(text), PART): file.write(text[at:at + PART])

def save(folder, way, n):
    last = os.path.join(folder, "last.pt" if "in place" in way or way == "replaced" else "epoch-%d.pt" % n)
    if way == "replaced":
        write(last + ".new", n)
        os.replace(last + ".new", last)
    elif "folder" in way:
        os.makedirs(last, exist_ok=True)
        for part in ("a", "b"): write(os.path.join(last, part), n)
    else:
        write(last, n)
    return last

def resumed(path):
    if path is None: return 0
    if not os.path.isdir(path): return whole(path)
    a, b = (whole(os.path.join(path, part)) for part in ("a", "b"))
    assert a == b, "one part of the folder is newer"
    return a

def train(context, way):
    n = first = resumed(context.resume_from)
    print("goes on from", first, flush=True)
    while True:
        n += 1
        context.checkpoint(save(context.output_dir, way, n))
        print("known", n, flush=True)
        context.progress(n - first, 10**9)
`;

const lastKnown = (log: string): number =>
  Math.max(0, ...[...log.matchAll(/^known (\d+)$/gm)].map(([, n]) => Number(n)));
const resumedFrom = (log: string): number => Number(/^goes on from (\d+)$/m.exec(log)?.[1] ?? Number.NaN);

/** As the writer checks it. */
function isWhole(file: string): boolean {
  const text = readFileSync(file);
  try {
    const [, size, digest] = JSON.parse(text.subarray(0, 100).toString()) as [number, number, string];
    const body = text.subarray(100);
    return body.length === size && createHash('sha1').update(body).digest('hex') === digest;
  } catch {
    return false;
  }
}

const folderOf = (backend: RealBackend, run: Run, attempt: number, ...names: string[]): string =>
  path.join(backend.home, 'runs', run.executionId, `attempt-${attempt}`, ...names);
const logOf = (backend: RealBackend, run: Run, attempt: number): string =>
  readFileSync(folderOf(backend, run, attempt, 'log'), 'utf8');
/** The copies that are whole by their names, and those that were being made. */
const copiesOf = (backend: RealBackend, run: Run, attempt: number): string[] => {
  const folder = folderOf(backend, run, attempt, 'checkpoints');
  return existsSync(folder) ? readdirSync(folder) : [];
};
const rerun = (backend: RealBackend, run: Run): Promise<Run> =>
  backend.client.call('rerun', { params: { id: run.executionId } });

/**
 * Trains, and kills the training at a random moment while it writes checkpoints, so many times. After each time `judge` is told what the
 * log said of this attempt and of the one before.
 */
async function killed(
  backend: RealBackend,
  way: string,
  times: number,
  judge: (resumed: number, known: number, run: Run) => void,
  code = WRITER,
): Promise<Run> {
  const run = await backend.train(code, { id: 'writer', config: { way } });
  for (let attempt = 1; ; attempt++) {
    await backend.until(run.executionId, (now) => now.attempt === attempt && (now.progress?.done ?? 0) > 2);
    const pids = await backend.processesOf(run);
    assert.equal(pids.length, 1, 'one process trains');
    // Which moment is what is tried: any will do.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    process.kill(pids[0] ?? 0, 'SIGKILL');
    const ended = await backend.ended(run);
    assert.equal(
      `${ended.status}: ${ended.reason}`,
      "Aborted: ended by SIGKILL, which Trainyard didn't send",
    );
    if (attempt > 1) {
      judge(resumedFrom(logOf(backend, run, attempt)), lastKnown(logOf(backend, run, attempt - 1)), ended);
    }
    if (attempt > times) return ended;
    await rerun(backend, run);
  }
}

/** It goes on from the last one known; that may be told to the backend, and not yet printed. */
function fromTheLast(resumed: number, known: number): void {
  assert.ok(resumed === known || resumed === known + 1, `${resumed} instead of ${known}`);
}

describe('A training that is killed while it writes a checkpoint', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  it('in place goes on from the last that it made known; two copies of each attempt are kept', async () => {
    let halves = 0;
    const last = await killed(backend, 'a file in place', 7, (resumed, known, run) => {
      fromTheLast(resumed, known);
      if (!isWhole(folderOf(backend, run, run.attempt - 1, 'output', 'last.pt'))) halves++;
      const copies = copiesOf(backend, run, run.attempt - 1).filter((name) => !name.endsWith('.half'));
      // It may have died before it deleted the third.
      assert.ok(copies.length >= 1 && copies.length <= 3, copies.join());
    });
    assert.ok(halves > 0, 'it never died in the middle of writing, so that this proves nothing');
    await backend.client.call('remove', { params: { id: last.executionId }, query: { files: 'delete' } });
    assert.ok(!existsSync(path.dirname(folderOf(backend, last, 1))));
  });

  it('to another name first goes on from the last that it made known', async () => {
    await killed(backend, 'replaced', 2, fromTheLast);
  });

  it('under a name of its own, a file or a folder, goes on from the last that it made known', async () => {
    await killed(backend, 'a file by number', 2, fromTheLast);
    await killed(backend, 'a folder by number', 2, fromTheLast);
  });

  it('a folder in place: from the last, or where that was being overwritten from that of an attempt before, or the beginning', async () => {
    let changed = 0;
    const further = [0];
    await killed(backend, 'a folder in place', 4, (resumed, known) => {
      if (further.some((last) => resumed === last || (last > 0 && resumed === last + 1))) changed++;
      else fromTheLast(resumed, known);
      further.push(known);
    });
    assert.ok(changed > 0, 'it never died in the middle of writing, so that this proves nothing');
  });

  it('for memory is run again by itself, and goes on from the last whole one', async () => {
    const code = WRITER.replace(
      'n += 1\n',
      `n += 1
        if n - first == 4 and context.attempt < 3:
            with open(os.path.join(context.output_dir, "last.pt"), "r+b") as half: half.write(b"half of the next")
            held = bytearray(400_000_000)
            held[::4096] = bytes(len(held[::4096]))
            time.sleep(60)
        if n - first == 4: return
`,
    );
    const run = await backend.train(code, {
      id: 'hungry',
      config: { way: 'a file in place' },
      service: { instance: 'cpu', memory: '150MB', onReset: 'rerun', maxAttempts: 3 },
    });
    const ended = await backend.ended(run);
    assert.deepEqual([ended.status, ended.attempt], ['Success', 3]);
    assert.deepEqual(
      [1, 2, 3].map((attempt) => resumedFrom(logOf(backend, run, attempt))),
      [0, 3, 6],
    );
    const { history } = await backend.detail(run);
    const resets = history.filter((entry) => entry.cause === 'reset').map((entry) => entry.reason);
    assert.equal(resets.length, 2);
    for (const reason of resets)
      assert.match(reason ?? '', /^It was killed for memory \(used .* GB, allowed 0\.15 GB\)/);
  });

  it('before it made its first goes on from that of the attempt before', async () => {
    const code = WRITER.replace(
      'n += 1\n',
      `n += 1
        if context.attempt == 3: return
        if context.attempt == 2 or n == 4:
            if n == 4: write(os.path.join(context.output_dir, "last.pt"), n)
            os.kill(os.getpid(), signal.SIGKILL)
`,
    );
    const run = await backend.train(code, { id: 'unlucky', config: { way: 'a file in place' } });
    for (const attempt of [1, 2]) {
      assert.equal((await backend.ended(run)).status, 'Aborted');
      assert.deepEqual((await rerun(backend, run)).attempt, attempt + 1);
    }
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.deepEqual(
      [1, 2, 3].map((attempt) => resumedFrom(logOf(backend, run, attempt))),
      [0, 3, 3],
    );
  });

  it('in several processes at once goes on from one that is whole', async () => {
    const code = WRITER.replace('def train(', 'def work(').concat(`
def train(context, way):
    from multiprocessing import get_context
    ranks = [get_context("fork").Process(target=rank, args=(context, n)) for n in range(3)]
    for one in ranks: one.start()
    while context.attempt == 1: time.sleep(.01)
    print("goes on from", resumed(context.resume_from), os.path.basename(context.resume_from))
    for one in ranks: one.kill()

def rank(context, rank):
    n = 0
    while True:
        n += 1
        path = os.path.join(context.output_dir, "rank-%d.pt" % rank)
        write(path, n)
        context.checkpoint(path)
        context.log(epoch=n, n=n)
`);
    const run = await backend.train(code, { id: 'ranks', config: { way: '' } });
    await backend.until(run.executionId, ({ summary }) => (summary[0]?.count ?? 0) > 30);
    for (const pid of await backend.processesOf(run)) process.kill(pid, 'SIGKILL');
    assert.equal((await backend.ended(run)).status, 'Aborted');
    await rerun(backend, run);
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.match(logOf(backend, run, 2), /^goes on from \d+ rank-\d\.pt$/m);
    const copies = copiesOf(backend, run, 1);
    assert.ok(copies.length <= 2 + 2 * 3, copies.join());
  });
});

describe('On a disk that is full', { skip: cannotMount }, () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
    await backend.stop();
    rmSync(backend.home, { recursive: true });
    assert.ok(mount(backend.home, '64m'));
    await backend.restart();
  });
  after(async () => {
    await backend.stop();
    unmount(backend.home);
    rmSync(backend.folder, { recursive: true });
  });

  it('without room for copies a training goes on, and never from a half', async () => {
    const large = WRITER.replace('SIZE, PART = 200_000, 256', 'SIZE, PART = 20_000_000, 100_000');
    const code = large.replace('context.output_dir, way', 'os.getcwd(), way');
    let changed = 0;
    const judge = (resumed: number, known: number, run: Run): void => {
      if (resumed === 0) changed++;
      else fromTheLast(resumed, known);
      assert.deepEqual(copiesOf(backend, run, run.attempt - 1), []);
    };
    await killed(backend, 'a file in place', 4, judge, code);
    assert.ok(changed > 0, 'it never died in the middle of writing, so that this proves nothing');
  });

  it('one that fails since its own checkpoint has no room goes on from the last whole one', async () => {
    const filler = path.join(backend.home, 'filler');
    const code = WRITER.replace('SIZE, PART = 200_000, 256', 'SIZE, PART = 4_000_000, 100_000').replace(
      'n += 1\n',
      `n += 1
        if n == 4 and context.attempt == 1:
            # The next one begins by giving up its own room; half of that is taken.
            with open(${JSON.stringify(filler)}, "wb", buffering=0) as file:
                room = os.statvfs(context.output_dir)
                file.write(bytes(room.f_bavail * room.f_frsize))
                os.truncate(os.path.join(context.output_dir, "last.pt"), 0)
                file.write(bytes(SIZE // 2))
        if n == 5: return
`,
    );
    const run = await backend.train(code, { id: 'large', config: { way: 'a file in place' } });
    await backend.running(run);
    // Its end is told once there is room for that.
    while ((await backend.processesOf(run)).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(!isWhole(folderOf(backend, run, 1, 'output', 'last.pt')));
    rmSync(filler);
    const failed = await backend.ended(run);
    assert.match(
      `${failed.status} ${failed.reason}`,
      /^Failed OSError: .*No space left on device.* \(large\.py:\d+\)$/,
    );
    await rerun(backend, run);
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.equal(resumedFrom(logOf(backend, run, 2)), 3);
  });
});

describe('The last whole checkpoint', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'trainyard-checkpoints-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A file of three bytes, changed last at a time in seconds. */
  function file(name: string, at: number, text = 'abc'): string {
    const made = path.join(folder, name);
    mkdirSync(path.dirname(made), { recursive: true });
    writeFileSync(made, text);
    utimesSync(made, at, at);
    return made;
  }
  const report = (attempt: number, time: number, more: Partial<ReportedFile> & { path: string }) => ({
    kind: 'checkpoint' as const,
    attempt,
    time,
    ...more,
  });
  const same = { size: 3, changed: 100_000_000 };

  it('is the newest of the latest attempt before; artifacts and later attempts are none', async () => {
    const [one, two] = [file('one', 100), file('two', 100)];
    const reports = [
      report(1, 900, { path: one, ...same }),
      report(2, 300, { path: one, ...same }),
      report(2, 400, { path: two, ...same }),
      { ...report(2, 500, { path: one, ...same }), kind: 'artifact' as const },
      report(3, 600, { path: one, ...same }),
    ];
    assert.equal(await lastWhole(reports, 3), two);
    assert.equal(await lastWhole(reports, 2), one);
    assert.equal(await lastWhole(reports, 1), null);
  });

  it('is a copy, else the original if nothing has changed, else the one before', async () => {
    const copy = file('1/last', 100);
    const original = file('last', 100);
    const older = report(1, 1, { path: original, copy, ...same });
    assert.equal(await lastWhole([older], 2), copy);
    assert.equal(await lastWhole([older, report(1, 2, { path: original, ...same })], 2), original);
    for (const more of [{ size: 4 }, { changed: same.changed + 1 }, { path: path.join(folder, 'gone') }])
      assert.equal(await lastWhole([older, report(1, 2, { path: original, ...same, ...more })], 2), copy);
    file('1/last', 100, 'a');
    assert.equal(await lastWhole([older], 2), original);
    file('last', 101);
    assert.equal(await lastWhole([older], 2), null);
  });

  it('of which nothing but the path was told is one that is older than the telling', async () => {
    const original = file('plain', 100);
    assert.equal(await lastWhole([report(1, 100_000, { path: original })], 2), original);
    assert.equal(await lastWhole([report(1, 99_999, { path: original })], 2), null);
  });

  it('may be a folder, in which nothing has changed, however deep', async () => {
    file('deep/a/b', 100);
    file('deep/c', 50);
    for (const inside of ['deep/a', 'deep']) utimesSync(path.join(folder, inside), 60, 60);
    const reports = [report(1, 1, { path: path.join(folder, 'deep'), size: 6, changed: 100_000_000 })];
    assert.equal(await lastWhole(reports, 2), path.join(folder, 'deep'));
    file('deep/a/b', 101);
    assert.equal(await lastWhole(reports, 2), null);
  });
});
