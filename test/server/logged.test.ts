/** What libraries log to files while they train: tables, a JSON object a line, TensorBoard's events (of which test/libraries has real ones). */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Run, Sample } from '../../src/contract/shapes.ts';
import { EventReader, maskedCheck } from '../../src/server/logged/events.ts';
import { LoggedFile } from '../../src/server/logged/file.ts';
import { filesNamed } from '../../src/server/logged/find.ts';
import { startIn } from '../../src/server/logged/keeper.ts';
import { JsonLinesReader, TableReader } from '../../src/server/logged/lines.ts';
import { samplesOf, type Reader } from '../../src/server/logged/logged.ts';
import { RealBackend } from './realBackend.ts';

/** "epoch 1 step 10 loss/train 0.5": a sample in a few words. */
const words = ({ figure, legend, epoch, step, y }: Sample): string =>
  [
    epoch === undefined ? '' : `epoch ${epoch} `,
    step === undefined ? '' : `step ${step} `,
    figure,
    legend && `/${legend}`,
    ` ${y}`,
  ].join('');

/** All samples of a text that comes in these pieces. */
const read = (reader: Reader, ...pieces: (string | Uint8Array)[]): string[] =>
  pieces.flatMap((piece) =>
    reader.read(Buffer.from(piece)).flatMap((record) => samplesOf(record, 'logs', 0).map(words)),
  );

describe('A table that is logged to', () => {
  const cases: [name: string, text: string, samples: string[] | null][] = [
    [
      'of Keras',
      'epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,1.25,0.4,nan\n',
      ['epoch 0 accuracy 0.5', 'epoch 0 loss 1.25', 'epoch 0 accuracy/val 0.4', 'epoch 0 loss/val NaN'],
    ],
    [
      'of Lightning, whose cells may be empty',
      'epoch,step,train_loss,val_loss\r\n0,9,0.5,\r\n0,9,,inf\r\n',
      ['epoch 0 step 9 loss/train 0.5', 'epoch 0 step 9 loss/val Infinity'],
    ],
    [
      'of Ultralytics up to 8.3, padded',
      '   epoch,   train/box_loss,  metrics/mAP50(B)\n       1,            0.5,      0.25\n',
      ['epoch 1 box_loss/train 0.5', 'epoch 1 mAP50(B)/val 0.25'],
    ],
    ['parted by semicolons', 'epoch;loss\n1;2\n', ['epoch 1 loss 2']],
    ['with names in quotes', '"epoch","loss, total"\n1,"2"\n', ['epoch 1 loss, total 2']],
    ['of predictions, which is no log', 'image,class,score\na.png,1,0.5\n', null],
    ['that is an order of rows alone', 'epoch,time\n1,2\n', null],
    ['whose last line isn’t whole', 'step,loss\n1,2\n2,3', ['step 1 loss 2']],
  ];
  for (const [name, text, samples] of cases) {
    it(name, () => {
      const reader = new TableReader();
      assert.deepEqual(read(reader, text), samples ?? []);
      assert.equal(reader.isLog, samples !== null);
      // However it comes apart.
      const bytes = [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));
      assert.deepEqual(read(new TableReader(), ...bytes), samples ?? []);
    });
  }
});

describe('A JSON object a line', () => {
  it('has figures by their paths, words that only Python writes, and its own time', () => {
    const text =
      '{"step": 1, "val": {"loss": NaN, "note": "NaN is fine"}, "lr": 0.1, "timestamp": 1700000000.5}\n';
    const [record] = new JsonLinesReader().read(Buffer.from(text));
    assert.ok(record);
    assert.deepEqual(samplesOf(record, 'logs', 7), [
      { figure: 'loss', legend: 'val', step: 1, y: 'NaN', time: 1_700_000_000_500 },
      { figure: 'lr', legend: '', step: 1, y: 0.1, time: 1_700_000_000_500 },
    ]);
  });

  it('that says nothing of where it lies is no log, and a broken line is left out', () => {
    const other = new JsonLinesReader();
    assert.deepEqual(read(other, '{"image": 1, "score": 2}\n'), []);
    assert.equal(other.isLog, false);
    const text = '{"epoch": 1, "loss": 2}\n{"epoch": 2, "lo\n[1]\n{"epoch": 3, "loss": 4}\n';
    assert.deepEqual(read(new JsonLinesReader(), text), ['epoch 1 loss 2', 'epoch 3 loss 4']);
  });
});

/** A record of TensorBoard's: of a value of four bytes. */
function event(step: number, tag: string, value: number): Buffer {
  const float = Buffer.alloc(4);
  float.writeFloatLE(value);
  const field = (key: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([(key << 3) | 2, bytes.length]), bytes]);
  const scalar = Buffer.concat([field(1, Buffer.from(tag)), Buffer.from([(2 << 3) | 5]), float]);
  return framed(Buffer.concat([Buffer.from([2 << 3, step]), field(5, field(1, scalar))]));
}

function framed(data: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedCheck(head.subarray(0, 8)), 8);
  const check = Buffer.alloc(4);
  check.writeUInt32LE(maskedCheck(data));
  return Buffer.concat([head, data, check]);
}

describe("TensorBoard's events", () => {
  it('are checked as TensorFlow does', () => {
    // RFC 3720, B.4: CRC-32C of 32 zeros is 0x8a9136aa.
    const check = 0x8a9136aa;
    const masked = (((check >>> 15) | (check << 17)) + 0xa282ead8) >>> 0;
    assert.equal(maskedCheck(new Uint8Array(32)), masked);
  });

  it('are read in any pieces; a long record between them is passed over, a damaged one left out', () => {
    const damaged = event(3, 'loss', 3);
    damaged[damaged.length - 5]! ^= 1;
    const picture = framed(Buffer.alloc(3_000_000, 1));
    const file = Buffer.concat([
      event(1, 'loss', 1),
      picture,
      event(2, 'loss', 2),
      damaged,
      event(4, 'loss', NaN),
    ]);
    const all = ['step 1 loss 1', 'step 2 loss 2', 'step 4 loss NaN'];
    for (const size of [7, 1000, 2 ** 20, file.length]) {
      const pieces = Array.from({ length: Math.ceil(file.length / size) }, (_, i) =>
        file.subarray(i * size, (i + 1) * size),
      );
      const small =
        pieces.length > 10_000 ? [file.subarray(0, 50), ...pieces.slice(0, 0), file.subarray(50)] : pieces;
      assert.deepEqual(read(new EventReader(), ...small), all);
    }
  });

  it('that aren’t any, or lose their frame, end there', () => {
    const reader = new EventReader();
    assert.deepEqual(read(reader, event(1, 'loss', 1), Buffer.alloc(100, 7)), ['step 1 loss 1']);
    assert.equal(reader.isLog, false);
  });

  it('of one name in several folders are told apart', () => {
    const [record] = new EventReader().read(event(1, 'loss', 1));
    assert.ok(record);
    const inFolder = (folder: string): string[] => samplesOf(record, folder, 0).map(words);
    assert.deepEqual(inFolder('validation'), ['step 1 loss/val 1']);
    assert.deepEqual(inFolder('loss_teacher'), ['step 1 loss/teacher 1']);
    assert.deepEqual(inFolder('May01_host'), ['step 1 loss 1']);
  });
});

describe('A file that is logged to', () => {
  let folder: string;
  let file: string;
  /** What a store has: the number of the last batch of each writer. */
  let store: Map<string, number>;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'trainyard-logged-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const lastOf = async (writer: string): Promise<number | null> => store.get(writer) ?? null;
  const take = async (from: LoggedFile, over = false): Promise<string[]> => {
    const taken: string[] = [];
    for await (const { batch, samples } of from.batches(1, over)) {
      const [writer = '', number] = String(batch).split(':');
      assert.ok((store.get(writer) ?? 0) < Number(number), 'a batch comes again');
      store.set(writer, Number(number));
      taken.push(...samples.map(words));
    }
    return taken;
  };
  const begin = (name: string, text: string): LoggedFile => {
    store = new Map();
    file = path.join(folder, name);
    writeFileSync(file, text);
    return new LoggedFile(file);
  };

  it('is read as it grows, and by the next backend from where this one was', async () => {
    const first = begin('grows.csv', 'epoch,loss\n1,1\n2,');
    assert.deepEqual(await take(first), ['epoch 1 loss 1']);
    assert.deepEqual(await take(first), []);
    appendFileSync(file, '2\n3,3\n');
    const next = new LoggedFile(file);
    assert.equal(await next.begin(lastOf), 1);
    assert.deepEqual(await take(next), ['epoch 2 loss 2', 'epoch 3 loss 3']);
  });

  it('gives a batch again that the store didn’t keep', async () => {
    const from = begin('again.csv', 'epoch,loss\n1,1\n');
    for await (const batch of from.batches(1, false)) {
      assert.equal(batch.samples.length, 1);
      break;
    }
    assert.deepEqual(await take(from), ['epoch 1 loss 1']);
  });

  it('that is written anew with a column more, as Lightning does, gives what is new', async () => {
    const from = begin('columns.csv', 'epoch,loss\n1,1\n2,2\n');
    await take(from);
    writeFileSync(file, 'epoch,loss,f1\n1,1,\n2,2,\n3,3,0.5\n');
    // Its writer may be in the middle of it.
    assert.deepEqual(await take(from), []);
    assert.deepEqual(await take(from), ['epoch 3 loss 3', 'epoch 3 f1 0.5']);
  });

  it('that begins again gives all of it, however often, in the next backend too', async () => {
    const from = begin('anew.csv', 'epoch,loss\n1,1\n2,2\n3,3\n');
    await take(from);
    writeFileSync(file, 'epoch,loss\n1,9\n');
    await take(from);
    assert.deepEqual(await take(from), ['epoch 1 loss 9']);
    appendFileSync(file, '2,8\n');
    const next = new LoggedFile(file);
    assert.equal(await next.begin(lastOf), 1);
    assert.deepEqual(await take(next), ['epoch 2 loss 8']);
  });

  it('is taken to its end in batches where it is long', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `${i},${i}\n`);
    const from = begin('long.csv', `step,loss\n${rows.join('')}`);
    let batches = 0;
    let samples = 0;
    for await (const batch of from.batches(1, true)) {
      batches++;
      samples += batch.samples.length;
    }
    assert.deepEqual([batches, samples], [6, 30_000]);
  });

  it('is taken from what the training wrote where it is older', async () => {
    const table: [before: number | undefined, size: number, born: number, from: number][] = [
      [undefined, 100, 2000, 0],
      [undefined, 100, 500, 100],
      [40, 100, 500, 40],
      [40, 30, 500, 0],
    ];
    for (const [size, now, birthtimeMs, from] of table)
      assert.equal(startIn(size, { size: now, birthtimeMs }, 1000), from);
    begin('older.csv', 'epoch,loss\n1,1\n2,2\n');
    assert.deepEqual(await take(new LoggedFile(file, 'epoch,loss\n1,1\n'.length)), ['epoch 2 loss 2']);
  });

  it('is found by a pattern', async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'trainyard-find-'));
    try {
      for (const name of ['a.csv', 'runs/b.csv', 'runs/x/c.csv', 'runs/x/d.log']) {
        mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
        writeFileSync(path.join(root, name), '');
      }
      const table: [pattern: string, files: string[]][] = [
        ['runs/**', ['runs/b.csv', 'runs/x/c.csv', 'runs/x/d.log']],
        ['runs', ['runs/b.csv', 'runs/x/c.csv', 'runs/x/d.log']],
        ['**/*.csv', ['a.csv', 'runs/b.csv', 'runs/x/c.csv']],
        ['runs/*/?.log', ['runs/x/d.log']],
        ['a.csv', ['a.csv']],
        [path.join(root, 'runs', 'x', '*'), ['runs/x/c.csv', 'runs/x/d.log']],
        ['nothing/*', []],
      ];
      for (const [pattern, files] of table) {
        const found = await filesNamed(root, pattern);
        assert.deepEqual(
          found.map((one) => path.relative(root, one)),
          files,
          pattern,
        );
      }
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('A training that logs to files', () => {
  let backend: RealBackend;
  before(async () => (backend = await RealBackend.start()));
  after(() => backend.end());

  /** Writes a row, and waits for a file of the project before the next. */
  const WRITER = `
import os, time
def until(name):
    while not os.path.exists(name): time.sleep(0.01)
`;
  const has = (run: Run, figure: string, legend: string, count: number): Promise<Run> =>
    backend.until(run.executionId, (now) =>
      now.summary.some((one) => one.figure === figure && one.legend === legend && one.count === count),
    );

  it('has curves while it runs, each row once, though the backend is killed in between', async () => {
    const run = await backend.train(
      `${WRITER}
def train(context):
    with open(os.path.join(context.output_dir, "log.csv"), "w", buffering=1) as log:
        log.write("epoch,loss,val_loss\\n1,1,2\\n2,3,4\\n")
        until("more")
        log.write("3,5,6\\n")
        until("end")
        log.write("4,7,8\\n")
`,
      { id: 'grows' },
    );
    await has(run, 'loss', 'val', 2);
    await backend.kill();
    await backend.write('more', '');
    await backend.restart();
    await has(run, 'loss', 'val', 3);
    await backend.write('end', '');
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.deepEqual(await backend.points(run, 'loss'), [
      [1, 1],
      [2, 3],
      [3, 5],
      [4, 7],
    ]);
    assert.deepEqual(
      (await backend.points(run, 'loss', 'val')).map(([, y]) => y),
      [2, 4, 6, 8],
    );
  });

  it('has once what it reports itself as well, and what only the file has', async () => {
    const run = await backend.train(
      `
import json, os
def train(context):
    for name, key in (("same.jsonl", "val_loss"), ("other.jsonl", "f1")):
        with open(os.path.join(context.output_dir, name), "w") as log:
            for epoch in (1, 2):
                log.write(json.dumps({"epoch": epoch, key: 0.5}) + "\\n")
    for epoch in (1, 2):
        context.log(epoch=epoch, figures={"loss": {"val": 0.5}})
`,
      { id: 'both' },
    );
    const { summary } = await backend.ended(run);
    assert.deepEqual(
      summary.map(({ figure, legend, count }) => [figure, legend, count]),
      [
        ['f1', '', 2],
        ['loss', 'val', 2],
      ],
    );
  });

  it('is followed where its project says that it logs, from what it wrote itself', async () => {
    const runs = path.join(backend.project, 'runs');
    mkdirSync(runs);
    writeFileSync(path.join(runs, 'earlier.csv'), 'epoch,earlier\n1,1\n');
    writeFileSync(path.join(runs, 'goes-on.csv'), 'epoch,loss\n1,1\n');
    const longAgo = new Date('2024-01-01');
    for (const name of ['earlier.csv', 'goes-on.csv']) utimesSync(path.join(runs, name), longAgo, longAgo);
    const run = await backend.train(
      `${WRITER}
def train(context):
    until("go")
    with open("runs/goes-on.csv", "a") as log: log.write("2,2\\n")
    with open("runs/new.csv", "w") as log: log.write("epoch,f1\\n1,0.5\\n")
`,
      { id: 'named', logs: ['runs/**'] },
    );
    await backend.running(run);
    // Longer than it takes to look for the first time.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await backend.write('go', '');
    const { summary, status } = await backend.ended(run);
    assert.equal(status, 'Success');
    assert.deepEqual(
      summary.map(({ figure, last, lastEpoch }) => [figure, last, lastEpoch]),
      [
        ['f1', 0.5, 1],
        ['loss', 2, 2],
      ],
    );
  });
});
