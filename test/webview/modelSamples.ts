/** A model as its host tells of it, for tests of its page. */
import { crc32, deflateSync } from 'node:zlib';
import type { ToModel } from '../../src/contract/pages/model.ts';
import type { Run, RunDetail } from '../../src/contract/shapes.ts';
import { aRun } from './samples.ts';

type Told<T extends ToModel['type']> = Extract<ToModel, { type: T }>;

export const told = (run: Partial<Run> = {}, rest: Partial<Told<'model'>> = {}): Told<'model'> => {
  const whole = aRun({ model: { id: 'mod-2', name: 'shapes-small', version: 2 }, ...run });
  return { type: 'model', run: whole, durationMs: whole.durationMs, diagnosis: null, ...rest };
};

export const ran: NonNullable<RunDetail['ran']> = {
  attempt: 1,
  at: '2026-01-10T10:00:01.000Z',
  code: {
    root: '/home/ada/shapes',
    commit: '4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d',
    branch: 'main',
    remote: 'https://git.example.org/ada/shapes',
    patch: null,
    patchBytes: 1240,
    patchCut: false,
    untracked: ['tools/plot.py'],
    untrackedCut: false,
  },
  python: {
    executable: '/home/ada/shapes/.venv/bin/python',
    implementation: 'CPython',
    version: '3.12.4',
    packages: { numpy: '2.1.0', torch: '2.6.0', ultralytics: '8.3.40' },
  },
  config: { epochs: 12, lr: 0.02 },
  dataset: { path: 'data/shapes', files: 1280, bytes: 48_000_000, cut: false },
  machine: {
    host: 'lovelace',
    os: 'Debian GNU/Linux 12 (bookworm), Linux 6.1.0 x64',
    cpu: 'AMD EPYC 9354',
    cores: 32,
    memoryBytes: 270_000_000_000,
    gpus: [{ id: 'GPU-1', name: 'NVIDIA H100 80GB HBM3' }],
  },
  notes: [],
};

export const detail = (run: Partial<Run> = {}, rest: Partial<RunDetail> = {}): RunDetail => ({
  ...aRun({ model: { id: 'mod-2', name: 'shapes-small', version: 2 }, ...run }),
  dataset: 'data/shapes',
  config: { epochs: 12, lr: 0.02, optimizer: { name: 'sgd', momentum: 0.9 } },
  train: 'train.py:train',
  command: null,
  python: '/home/ada/shapes/.venv/bin/python',
  imported: null,
  outputDir: '/home/ada/.local/share/trainyard/runs/exe-1/attempt-1/output',
  history: [
    { at: '2026-01-10T10:00:00.000Z', attempt: 1, status: 'Created', cause: 'submitted', reason: null },
    {
      at: '2026-01-10T10:00:00.500Z',
      attempt: 1,
      status: 'Pending',
      cause: 'starting',
      reason: 'its replica is starting: importing train.py',
    },
    { at: '2026-01-10T10:00:01.000Z', attempt: 1, status: 'In Progress', cause: 'ready', reason: null },
  ],
  ran,
  mlflow: null,
  ...rest,
});

export const overview = (rest: Partial<Told<'overview'>> = {}): Told<'overview'> => ({
  type: 'overview',
  detail: detail(),
  before: {
    executionId: 'exe-0',
    version: 1,
    differences: [
      { group: 'Configuration', name: 'lr', before: '0.01', now: '0.02' },
      { group: 'Code', name: 'commit', before: '0a1b2c3d4e', now: '4f1c2d3e5a' },
      { group: 'Packages', name: 'torch', before: '2.5.1', now: '2.6.0' },
      { group: 'Dataset', name: 'content', before: '1200 files, 45 MB', now: '1280 files, 48 MB' },
    ],
  },
  canReveal: true,
  ...rest,
});

/** A part of a log that is all of it, unless `from` says otherwise. */
export function log(text: string, rest: Partial<Told<'log'>['part']> = {}, ended = false): Told<'log'> {
  const from = rest.from ?? 0;
  const to = from + Buffer.byteLength(text);
  return { type: 'log', part: { attempt: 1, from, to, text, open: '', size: to, ...rest }, ended };
}

export const TRACEBACK = `Traceback (most recent call last):
  File "/home/ada/shapes/train.py", line 12, in train
    loss = step(batch)
  File "model.py", line 40, in step
    return self.head(features)
ValueError: lr must be above 0, not -1
`;

export const files = (rest: Partial<Told<'files'>> = {}): Told<'files'> => ({
  type: 'files',
  attempt: 1,
  outputDir: '/home/ada/.local/share/trainyard/runs/exe-1/attempt-1/output',
  files: [
    {
      attempt: 1,
      path: 'plots/pr_curve.png',
      name: 'plots/pr_curve.png',
      kind: 'artifact',
      bytes: 48_200,
      time: '2026-01-10T10:04:00.000Z',
      picture: '/pr_curve.png',
    },
    {
      attempt: 1,
      path: 'plots/confusion.png',
      name: 'plots/confusion.png',
      kind: 'artifact',
      bytes: 39_000,
      time: '2026-01-10T10:04:00.000Z',
      picture: '/confusion.png',
    },
    {
      attempt: 1,
      path: 'weights/last.pt',
      name: 'weights/last.pt',
      kind: 'checkpoint',
      bytes: 23_000_000,
      time: '2026-01-10T10:03:58.000Z',
      picture: null,
    },
    {
      attempt: 1,
      path: 'args.yaml',
      name: 'args.yaml',
      kind: 'other',
      bytes: 812,
      time: '2026-01-10T10:00:02.000Z',
      picture: null,
    },
  ],
  cut: false,
  ...rest,
});

/** A picture as PNG. @param paint the colour of each place */
export function png(
  width: number,
  height: number,
  paint: (x: number, y: number) => [number, number, number],
): Uint8Array {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(paint(x, y), y * (width * 3 + 1) + 1 + x * 3);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const whole = Buffer.alloc(body.byteLength + 8);
  whole.writeUInt32BE(data.byteLength, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.byteLength + 4);
  return whole;
}
