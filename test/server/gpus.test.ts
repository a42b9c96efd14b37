/**
 * What the vendors' tools print, read. The outputs in test/fixtures/gpus are constructed, after ones that people published and the
 * tools' manuals: no machine with such a GPU was tried.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { clockWords, holderWords } from '../../src/server/holders.ts';
import { inventory, withInstance } from '../../src/server/dispatch/instances.ts';
import { capacityOf } from '../../src/server/engines/local/capacity.ts';
import { findAmd, parseAmdSmi, parseRocmSmi } from '../../src/server/engines/local/gpus/amd.ts';
import { findApple, parseDisplays } from '../../src/server/engines/local/gpus/apple.ts';
import type { Found } from '../../src/server/engines/local/gpus/found.ts';
import { foreignOn } from '../../src/server/engines/local/gpus/foreign.ts';
import { gpuFinder, visibleGpus } from '../../src/server/engines/local/gpus/index.ts';
import {
  findNvidia,
  gpusWithProcesses,
  parseGpus,
  parseProcesses,
} from '../../src/server/engines/local/gpus/nvidia.ts';
import { numberOf, type Answer, type RunTool } from '../../src/server/engines/local/gpus/tool.ts';
import type { Gpu } from '../../src/contract/compute.ts';

const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../fixtures/gpus', name), 'utf8');
const printed = (text: string, code = 0): Answer => ({ kind: 'printed', text, code });

/** A test double of the tools: what they answer, by the first words of the call; what isn't told of is absent. */
const tools =
  (answers: Record<string, Answer>): RunTool =>
  (name, args) => {
    const call = [name, ...args].join(' ');
    const found = Object.keys(answers).find((start) => call.startsWith(start));
    return Promise.resolve(found === undefined ? { kind: 'absent' } : answers[found]!);
  };

const GPU: Found = {
  id: 'GPU-a',
  vendor: 'nvidia',
  index: 0,
  name: 'NVIDIA T4',
  memoryBytes: 16e9,
  usedBytes: 0,
  utilization: 0,
  temperature: 40,
  processes: [],
};

describe('Numbers as tools print them', () => {
  const cases: [unknown, number | null][] = [
    [37, 37],
    ['37', 37],
    [' 36.5 ', 36.5],
    ['37 MiB', 37],
    ['12%', 12],
    ['[N/A]', null],
    ['N/A', null],
    ['[Not Supported]', null],
    ['[Unknown Error]', null],
    ['[Insufficient Permissions]', null],
    ['', null],
    [undefined, null],
    [NaN, null],
    [{}, null],
  ];
  for (const [field, number] of cases)
    it(`${JSON.stringify(field)} is ${number}`, () => assert.equal(numberOf(field), number));
});

describe("NVIDIA's GPUs", () => {
  it('are listed, with what is not told as null', () => {
    assert.deepEqual(parseGpus(fixture('nvidia-gpus.csv')), [
      {
        id: 'GPU-5d4a1c3e-0f6b-4f7e-9c55-2b1d3a9e7c10',
        vendor: 'nvidia',
        index: 0,
        name: 'NVIDIA A100-SXM4-80GB',
        memoryBytes: 81920 * 2 ** 20,
        usedBytes: 1024 * 2 ** 20,
        utilization: 37,
        temperature: 41,
      },
      {
        id: 'GPU-8e2f7b90-1c44-4d0a-8a51-77f0c2d9e611',
        vendor: 'nvidia',
        index: 1,
        name: 'NVIDIA A100-SXM4-80GB',
        memoryBytes: 81920 * 2 ** 20,
        usedBytes: null,
        utilization: null,
        temperature: null,
      },
    ]);
  });

  for (const text of [
    '',
    'No devices were found\n',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
    'Failed to initialize NVML: Driver/library version mismatch\n',
    '[Unknown Error]\n',
    '0, [Unknown Error], [N/A], [N/A], [N/A], [N/A], [N/A]\n',
  ])
    it(`none are read from ${JSON.stringify(text.slice(0, 40))}`, () =>
      assert.deepEqual(parseGpus(text), []));

  it('have processes by GPU, whose names may have commas', () => {
    const listed = parseProcesses(
      'GPU-a, 4711, /opt/my, odd/python3, 30720\nGPU-a, 4712, [Not Found], [N/A]\nGPU-b, [N/A], [N/A], [N/A]\n' +
        'GPU-c, 9, nvidia-cuda-mps-server, 30\nNo running processes found\n',
    );
    assert.deepEqual(listed.get('GPU-a'), [
      { pid: 4711, name: 'python3', memoryBytes: 30720 * 2 ** 20 },
      { pid: 4712, name: 'a process', memoryBytes: null },
    ]);
    assert.equal(listed.get('GPU-b'), 'unseen');
    assert.equal(listed.get('GPU-c'), undefined);
  });

  it('show in the whole report whether processes can be seen', () => {
    assert.deepEqual(
      [...gpusWithProcesses(fixture('nvidia-report.xml'))],
      ['GPU-1b0f8a52-3f0e-4a55-9d5b-0c6c1b7f2a01'],
    );
  });

  const listing = (used: number): string => `0, GPU-a, NVIDIA T4, 16000, ${used}, 1, 40\n`;
  const report = (processes: string): string =>
    `<gpu id="1"><uuid>GPU-a</uuid><processes>${processes}</processes></gpu>`;
  const judged: [
    what: string,
    answers: Record<string, Answer>,
    processes: Found['processes'] | null | 'none',
  ][] = [
    ['no tool', {}, 'none'],
    ['no driver', { 'nvidia-smi': printed('NVIDIA-SMI has failed\n', 9) }, 'none'],
    ['a driver that is being updated', { 'nvidia-smi': printed('Failed to initialize NVML\n', 18) }, null],
    ['a tool that hangs', { 'nvidia-smi': { kind: 'late' } }, null],
    [
      'an idle one',
      { 'nvidia-smi --query-gpu': printed(listing(400)), 'nvidia-smi --query-c': printed('') },
      [],
    ],
    [
      'one whose list of processes fails',
      { 'nvidia-smi --query-gpu': printed(listing(400)), 'nvidia-smi --query-c': { kind: 'late' } },
      'unseen',
    ],
    [
      "a desktop's, with much in use",
      {
        'nvidia-smi --query-gpu': printed(listing(3000)),
        'nvidia-smi --query-c': printed(''),
        'nvidia-smi -q -x': printed(report('<process_info><pid>7</pid><type>G</type></process_info>')),
      },
      [],
    ],
    [
      'one in a container that is shown no process, with much in use',
      {
        'nvidia-smi --query-gpu': printed(listing(3000)),
        'nvidia-smi --query-c': printed(''),
        'nvidia-smi -q -x': printed(report('')),
      },
      'unseen',
    ],
  ];
  for (const [what, answers, wanted] of judged) {
    it(`${what}: ${JSON.stringify(wanted)}`, async () => {
      const seen = await findNvidia(tools(answers));
      assert.deepEqual(seen === null ? null : (seen[0]?.processes ?? 'none'), wanted);
    });
  }
});

describe("AMD's GPUs, from constructed outputs; no such machine was tried", () => {
  const computes = (pid: number): boolean => pid !== 2210;
  const wanted = {
    id: 'amd-0',
    vendor: 'amd',
    index: 0,
    name: 'AMD Instinct MI300X',
    memoryBytes: 196592 * 2 ** 20,
    usedBytes: 40960 * 2 ** 20,
    utilization: 98,
    temperature: 61,
    processes: [{ pid: 4711, name: 'python3', memoryBytes: 42949672960 }],
  };

  it('are read from either form of amd-smi, without the graphics of a desktop', () => {
    const list = fixture('amd-metric.json');
    for (const metric of [list, `{"gpu_data": ${list}}`, `WARNING: run as root for more\n${list}`]) {
      const [first, second] = parseAmdSmi(
        metric,
        fixture('amd-static.json'),
        fixture('amd-process.json'),
        computes,
      );
      assert.deepEqual(first, wanted);
      assert.deepEqual(
        [second?.name, second?.utilization, second?.temperature, second?.processes],
        ['AMD GPU', null, 35, []],
      );
    }
  });

  it('without their processes count by their memory', () => {
    const [first] = parseAmdSmi(fixture('amd-metric.json'), '', 'ERROR: no permission', computes);
    assert.deepEqual([first?.name, first?.processes], ['AMD GPU', 'unseen']);
  });

  it('are read from rocm-smi, whose values are text', async () => {
    const [first, second, ...others] = parseRocmSmi(fixture('rocm-smi.json'));
    assert.deepEqual(first, {
      id: 'amd-0',
      vendor: 'amd',
      index: 0,
      name: 'Radeon RX 7900 XTX',
      memoryBytes: 25753026560,
      usedBytes: 1412825088,
      utilization: 3,
      temperature: 51,
      processes: 'unseen',
    });
    assert.deepEqual([second?.name, second?.usedBytes, second?.utilization], ['AMD GPU', null, null]);
    assert.deepEqual(others, []);
    const both = tools({ 'amd-smi': printed('', 1), 'rocm-smi': printed(fixture('rocm-smi.json')) });
    assert.deepEqual(
      (await findAmd(both))?.map((gpu) => gpu.id),
      ['amd-0', 'amd-1'],
    );
  });

  for (const text of [
    '',
    'WARNING: No AMD GPUs specified\n',
    '{}',
    '[',
    '[1, null, {"gpu": "N/A"}]',
    '{"card0"',
  ])
    it(`none are read from ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseRocmSmi(text), []);
      assert.deepEqual(parseAmdSmi(text, text, text, computes), []);
    });
});

describe("Apple's GPUs, from a constructed output; no such machine was tried", () => {
  it('have the memory of the machine', () => {
    assert.deepEqual(parseDisplays(fixture('apple-displays.json'), 64e9), [
      {
        id: 'apple-0',
        vendor: 'apple',
        index: 0,
        name: 'Apple M2 Max',
        memoryBytes: 64e9,
        usedBytes: null,
        utilization: null,
        temperature: null,
        processes: 'unseen',
      },
    ]);
  });
  it('are looked for on a Mac alone, and others are left out', async () => {
    const run = tools({ system_profiler: printed(fixture('apple-displays.json')) });
    assert.deepEqual([(await findApple(run, 'darwin'))?.length, await findApple(run, 'linux')], [1, []]);
    assert.deepEqual(
      parseDisplays('{"SPDisplaysDataType": [{"sppci_model": "AMD Radeon Pro 5500M"}]}', 1),
      [],
    );
    assert.deepEqual(parseDisplays('text', 1), []);
  });
});

describe('Who is on a GPU', () => {
  it('a process that has our home and an execution in its environment, or descends from one, is ours', async () => {
    const env = { ...process.env, TRAINYARD_HOME: '/h', TRAINYARD_EXECUTION: 'e-1' };
    // Its child has no environment at all.
    const child = spawn('sh', ['-c', 'env -i sleep 60 & echo $!; wait'], { env });
    try {
      const inner = Number(String(await new Promise((resolve) => child.stdout.once('data', resolve))));
      const on = (pid: number, home: string): ReturnType<typeof foreignOn> =>
        foreignOn({ ...GPU, processes: [{ pid, name: 'sleep', memoryBytes: 5 }] }, home);
      assert.equal(await on(child.pid ?? 0, '/h'), null);
      assert.equal(await on(inner, '/h'), null);
      const stranger = await on(inner, '/another');
      assert.ok(stranger !== null && 'pid' in stranger);
      assert.deepEqual([stranger.pid, stranger.name, stranger.memoryBytes], [inner, 'sleep', 5]);
      assert.ok(Math.abs(Date.parse(stranger.since ?? '') - Date.now()) < 60_000, `since ${stranger.since}`);
      process.kill(inner, 'SIGKILL');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('of several it is the one that is there longest; a pid that is nobody here has no user', async () => {
    const ghost = { pid: 2 ** 22 + 5, name: 'python', memoryBytes: null };
    const self = { pid: process.pid, name: 'node', memoryBytes: null };
    const first = await foreignOn({ ...GPU, processes: [ghost, self] }, '/h');
    assert.ok(first !== null && 'pid' in first && first.pid === process.pid);
    assert.deepEqual(await foreignOn({ ...GPU, processes: [ghost] }, '/h'), {
      ...ghost,
      user: null,
      since: null,
    });
  });

  it('where processes cannot be seen, more than 1 GB tells', async () => {
    const unseen = { ...GPU, processes: 'unseen' as const };
    assert.deepEqual(await foreignOn({ ...unseen, usedBytes: 1.1e9 }, '/h'), { memoryOnly: 1.1e9 });
    assert.equal(await foreignOn({ ...unseen, usedBytes: 0.9e9 }, '/h'), null);
    assert.equal(await foreignOn({ ...unseen, usedBytes: null }, '/h'), null);
  });

  it('is told in words that stay the same while it does', () => {
    const now = new Date('2025-05-03T18:00:00.000Z');
    const foreign = {
      pid: 4711,
      name: 'python',
      user: 'alice',
      memoryBytes: 1,
      since: '2025-05-03T14:03:00.000Z',
    };
    assert.equal(holderWords(foreign, now), 'python (pid 4711) of alice, since 14:03 UTC');
    assert.equal(holderWords({ ...foreign, user: null, since: null }, now), 'python (pid 4711)');
    assert.equal(holderWords({ memoryOnly: 2e9 }, now), "something that isn't ours and can't be seen");
    assert.equal(clockWords('2025-04-30T23:59:59.000Z', now), '30 Apr 23:59 UTC');
  });
});

describe('What a training is shown', () => {
  const cases: [string[], Record<string, string>][] = [
    [[], { CUDA_VISIBLE_DEVICES: '', HIP_VISIBLE_DEVICES: '' }],
    [['GPU-a', 'GPU-b'], { CUDA_VISIBLE_DEVICES: 'GPU-a,GPU-b' }],
    [['amd-2', 'amd-3'], { ROCR_VISIBLE_DEVICES: '2,3', HIP_VISIBLE_DEVICES: '0,1' }],
  ];
  for (const [gpus, wanted] of cases) {
    it(`[${gpus.join()}]: ${JSON.stringify(wanted)}`, () => {
      assert.deepEqual({ ...visibleGpus(gpus), ...wanted }, visibleGpus(gpus));
    });
  }
});

describe('The GPUs of a machine', () => {
  const nvidia = { 'nvidia-smi --query-gpu': printed(fixture('nvidia-gpus.csv')), 'nvidia-smi': printed('') };

  it('are those of every vendor that is there', async () => {
    const find = gpuFinder('/h', tools({ ...nvidia, 'rocm-smi': printed(fixture('rocm-smi.json')) }));
    assert.deepEqual(
      (await find())?.map((gpu) => [gpu.vendor, gpu.index, gpu.heldBy]),
      [
        ['nvidia', 0, "something that isn't ours and can't be seen"],
        ['nvidia', 1, null],
        ['amd', 0, "something that isn't ours and can't be seen"],
        ['amd', 1, null],
      ],
    );
    assert.equal(await gpuFinder('/h', tools({ ...nvidia, 'amd-smi': { kind: 'late' } }))(), null);
  });

  it('are looked for again where who asks needs it newer, and stay while a tool does not tell', async () => {
    const { processes: _processes, ...told } = GPU;
    let answer: Gpu[] | null = [{ ...told, heldBy: null, foreign: null }];
    let looks = 0;
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const capacity = capacityOf('local', silent, () => {
      looks++;
      return Promise.resolve(answer);
    });
    assert.equal((await capacity()).gpus.length, 1);
    await capacity();
    await capacity(performance.now() - 5000);
    assert.equal(looks, 1);
    await capacity(performance.now());
    assert.equal(looks, 2);
    answer = null;
    assert.equal((await capacity(performance.now())).gpus.length, 1);
    answer = [];
    assert.equal((await capacity(performance.now())).gpus.length, 0);
  });

  it('are told where a service asks for what there is not', () => {
    const t4 = { vendor: 'nvidia' as const, name: 'NVIDIA T4' };
    const radeon = { vendor: 'amd' as const, name: 'Radeon' };
    assert.deepEqual([[], [t4], [t4, t4, radeon]].map(inventory), [
      'no GPU',
      'one GPU (NVIDIA T4)',
      '3 GPUs (2 NVIDIA T4, Radeon)',
    ]);
    const service = {
      id: 's',
      project: '/p',
      architecture: 'a',
      name: 'mgmt-train-a',
      pausedAt: null,
      health: 'healthy' as const,
      failures: 0,
      diagnosis: null,
      retryAt: null,
      settings: {
        engine: 'local',
        instance: 'gpu' as const,
        gpus: 3,
        takeBusyGpus: false,
        autoscaling: 1,
        onReset: 'rerun' as const,
        maxAttempts: 3,
        env: {},
        stopGraceSeconds: 10,
      },
    };
    const then = new Date(0);
    const lacking = withInstance(service, [t4, t4, radeon], then);
    assert.equal(
      lacking.diagnosis?.message,
      'mgmt-train-a asks for 3 GPUs; this machine has 3 GPUs (2 NVIDIA T4, Radeon).',
    );
    assert.equal(lacking.diagnosis.hint, 'Ask for at most 2, or set the instance to "cpu".');
    assert.equal(withInstance(lacking, [t4, t4, radeon], new Date()), lacking);
    assert.equal(withInstance(lacking, null, new Date()), lacking);
    assert.equal(withInstance(lacking, [t4, t4, t4], new Date()).health, 'unproven');
  });
});
