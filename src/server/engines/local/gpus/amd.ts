/**
 * AMD's GPUs, as `amd-smi` tells of them, else the older `rocm-smi`. Written after outputs of both that people published
 * (https://rocm.docs.amd.com/projects/amdsmi, https://rocm.docs.amd.com/projects/rocm_smi_lib); no such machine was tried.
 */
import { existsSync } from 'node:fs';
import * as z from 'zod';
import type { Found, Listed, Seen } from './found.ts';
import { MIB, numberOf, type Answer, type RunTool } from './tool.ts';

type Fields = Record<string, unknown>;

const ROCM = ['--showproductname', '--showmeminfo', 'vram', '--showuse', '--showtemp', '--json'];

export async function findAmd(run: RunTool): Promise<Seen> {
  const metric = await run('amd-smi', ['metric', '--usage', '--mem-usage', '--temperature', '--json']);
  if (metric.kind === 'late') return null;
  if (metric.kind === 'printed') {
    const [fixed, processes] = await Promise.all([
      run('amd-smi', ['static', '--asic', '--vram', '--json']),
      run('amd-smi', ['process', '--json']),
    ]);
    const found = parseAmdSmi(textOf(metric), textOf(fixed), textOf(processes), isCompute);
    if (found.length > 0) return found;
  }
  const older = await run('rocm-smi', ROCM);
  return older.kind === 'late' ? null : parseRocmSmi(textOf(older));
}

const textOf = (answer: Answer): string => (answer.kind === 'printed' ? answer.text : '');

/** The driver lists compute processes here; amd-smi has a desktop's graphics too. */
const KFD = '/sys/class/kfd/kfd/proc';
const isCompute = (pid: number): boolean => !existsSync(KFD) || existsSync(`${KFD}/${pid}`);

/**
 * What `metric`, `static` and `process` of amd-smi print as JSON: a list with an object a GPU, in newer versions as `gpu_data`.
 * @param isOne whether a process that is listed computes
 */
export function parseAmdSmi(
  metric: string,
  fixed: string,
  processes: string,
  isOne: (pid: number) => boolean,
): Found[] {
  const names = byGpu(fixed);
  const lists = byGpu(processes);
  return [...byGpu(metric)].map(([index, gpu]) => {
    const memory = fields(gpu['mem_usage']);
    const heat = fields(gpu['temperature']);
    const its = names.get(index) ?? {};
    const name = fields(its['asic'])['market_name'];
    return {
      id: `amd-${index}`,
      vendor: 'amd' as const,
      index,
      name: typeof name === 'string' && name !== 'N/A' ? name : 'AMD GPU',
      memoryBytes: bytes(memory['total_vram']) ?? bytes(fields(its['vram'])['size']),
      usedBytes: bytes(memory['used_vram']),
      utilization: amount(fields(gpu['usage'])['gfx_activity']),
      temperature: amount(heat['hotspot']) ?? amount(heat['edge']),
      processes: processesOf(lists.get(index), isOne),
    };
  });
}

/**
 * What rocm-smi prints: an object with "card0", "card1" …, values as text. It doesn't say on which card a process is, so they count as
 * unseen. Without a GPU it prints a sentence and no JSON.
 */
export function parseRocmSmi(text: string): Found[] {
  return Object.entries(fields(json(text))).flatMap(([key, card]) => {
    const [, number] = /^card(\d+)$/.exec(key) ?? [];
    if (number === undefined) return [];
    const its = fields(card);
    const name = [its['Card Series'], its['Card series'], its['Device Name'], its['Card Model']].find(
      (one) => typeof one === 'string' && one !== 'N/A' && !one.startsWith('0x'),
    );
    return [
      {
        id: `amd-${number}`,
        vendor: 'amd' as const,
        index: Number(number),
        name: typeof name === 'string' ? name : 'AMD GPU',
        memoryBytes: numberOf(its['VRAM Total Memory (B)']),
        usedBytes: numberOf(its['VRAM Total Used Memory (B)']),
        utilization: numberOf(its['GPU use (%)']),
        temperature:
          numberOf(its['Temperature (Sensor junction) (C)']) ??
          numberOf(its['Temperature (Sensor edge) (C)']),
        processes: 'unseen' as const,
      },
    ];
  });
}

/** `{"gpu": 0, "process_list": [{"process_info": {"name", "pid", "memory_usage": {"vram_mem"}}}]}`; a sentence where there are none. */
function processesOf(gpu: Fields | undefined, isOne: (pid: number) => boolean): Listed[] | 'unseen' {
  const list = gpu?.['process_list'];
  if (!Array.isArray(list)) return 'unseen';
  return list.flatMap((entry: unknown) => {
    const one = fields(fields(entry)['process_info'] ?? entry);
    const pid = numberOf(one['pid']);
    if (pid === null || !isOne(pid)) return [];
    const name = one['name'];
    const memoryBytes =
      bytes(fields(one['memory_usage'])['vram_mem']) ?? bytes(one['vram_mem']) ?? bytes(one['mem_usage']);
    return [
      {
        pid,
        name: typeof name === 'string' && name !== 'N/A' && name !== '' ? name : 'a process',
        memoryBytes,
      },
    ];
  });
}

function byGpu(text: string): Map<number, Fields> {
  const value = json(text);
  const list: unknown = Array.isArray(value) ? value : fields(value)['gpu_data'];
  const found = new Map<number, Fields>();
  for (const entry of Array.isArray(list) ? list : []) {
    const gpu = fields(entry);
    const index = numberOf(gpu['gpu']);
    if (index !== null) found.set(index, gpu);
  }
  return found;
}

function json(text: string): unknown {
  // Warnings may stand before it.
  const start = text.search(/[[{]/);
  try {
    return start === -1 ? null : JSON.parse(text.slice(start));
  } catch {
    return null;
  }
}

function fields(value: unknown): Fields {
  return z.record(z.string(), z.unknown()).safeParse(value).data ?? {};
}

/** `{"value": 40, "unit": "C"}`, or the bare number; null for "N/A". */
const amount = (value: unknown): number | null => numberOf(value) ?? numberOf(fields(value)['value']);

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: MIB, GB: 2 ** 30 };

/** The same in bytes; amd-smi's MB are of 2^20. */
function bytes(value: unknown): number | null {
  const number = amount(value);
  const unit = fields(value)['unit'];
  return number === null ? null : number * (UNITS[typeof unit === 'string' ? unit : 'MB'] ?? MIB);
}
