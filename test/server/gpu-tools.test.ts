/** What the vendors' tools print, read. The outputs are constructed: no machine with a GPU of AMD's or Apple's was tried. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findAmd, parseAmdSmi, parseRocmSmi } from '../../src/server/engines/local/gpus/amd.ts';
import { findApple, parseDisplays } from '../../src/server/engines/local/gpus/apple.ts';
import type { Found } from '../../src/server/engines/local/gpus/found.ts';
import {
  findNvidia,
  gpusWithProcesses,
  parseGpus,
  parseProcesses,
} from '../../src/server/engines/local/gpus/nvidia.ts';
import { numberOf, type Answer } from '../../src/server/engines/local/gpus/tool.ts';
import { fixture, printed, tools } from './gpuTools.ts';

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
