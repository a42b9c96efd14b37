/** NVIDIA's GPUs, as `nvidia-smi` (https://docs.nvidia.com/deploy/nvidia-smi/) tells of them. */
import path from 'node:path';
import { IDLE_BYTES, type Found, type Listed, type Seen } from './found.ts';
import { MIB, numberOf, type RunTool } from './tool.ts';

const FORMAT = '--format=csv,noheader,nounits';
const GPUS = '--query-gpu=index,uuid,name,memory.total,memory.used,utilization.gpu,temperature.gpu';
const PROCESSES = '--query-compute-apps=gpu_uuid,pid,process_name,used_memory';

/** What the tool ends with where it finds no driver, and no device (nvidia-smi(1), "Return value"). */
const NOTHING_THERE: ReadonlySet<number | null> = new Set([0, 6, 9]);

export async function findNvidia(run: RunTool): Promise<Seen> {
  const listed = await run('nvidia-smi', [GPUS, FORMAT]);
  if (listed.kind === 'absent') return [];
  if (listed.kind === 'late') return null;
  const gpus = parseGpus(listed.text);
  if (gpus.length === 0) return NOTHING_THERE.has(listed.code) ? [] : null;
  const apps = await run('nvidia-smi', [PROCESSES, FORMAT]);
  const processes: ReadonlyMap<string, Listed[] | 'unseen'> | 'unseen' =
    apps.kind === 'printed' && apps.code === 0 ? parseProcesses(apps.text) : 'unseen';
  const found = gpus.map((gpu) => ({
    ...gpu,
    processes: processes === 'unseen' ? processes : (processes.get(gpu.id) ?? []),
  }));
  const doubtful = found.some((gpu) => gpu.processes.length === 0 && (gpu.usedBytes ?? 0) > IDLE_BYTES);
  if (!doubtful) return found;
  // Much in use and no compute process: a desktop's graphics, or, in a container, processes that it isn't shown. The whole report,
  // slower than the rest, has graphics processes too: where it has any of a GPU, processes can be seen.
  const report = await run('nvidia-smi', ['-q', '-x']);
  const shown = report.kind === 'printed' ? gpusWithProcesses(report.text) : new Set<string>();
  return found.map((gpu) =>
    gpu.processes.length > 0 || (gpu.usedBytes ?? 0) <= IDLE_BYTES || shown.has(gpu.id)
      ? gpu
      : { ...gpu, processes: 'unseen' },
  );
}

/** "0, GPU-5d4a…, NVIDIA A100-SXM4-80GB, 81920, 1024, 37, 41" a line: MiB, MiB, percent, °C. Any field can be "[N/A]". */
export function parseGpus(text: string): Omit<Found, 'processes'>[] {
  return text.split('\n').flatMap((line, place) => {
    const [index, id, name, total, used, utilization, temperature] = line.split(',').map((one) => one.trim());
    if (id === undefined || !id.startsWith('GPU-')) return [];
    return [
      {
        id,
        vendor: 'nvidia' as const,
        index: numberOf(index) ?? place,
        name: name === undefined || name === '' || name.startsWith('[') ? 'NVIDIA GPU' : name,
        memoryBytes: mebibytes(total),
        usedBytes: mebibytes(used),
        utilization: numberOf(utilization),
        temperature: numberOf(temperature),
      },
    ];
  });
}

/** "GPU-5d4a…, 4711, /usr/bin/python3, 30720" a line, by GPU. A process without a pid can't be told from ours: unseen. */
export function parseProcesses(text: string): Map<string, Listed[] | 'unseen'> {
  const found = new Map<string, Listed[] | 'unseen'>();
  for (const line of text.split('\n')) {
    const fields = line.split(',').map((one) => one.trim());
    const [id, number] = fields;
    if (id === undefined || !id.startsWith('GPU-')) continue;
    const pid = numberOf(number);
    // The name may have commas of its own.
    const name = path.basename(fields.slice(2, -1).join(', '));
    // It lends the GPU to processes that are listed themselves, and stays when they are gone.
    if (name === 'nvidia-cuda-mps-server') continue;
    const before = found.get(id) ?? [];
    found.set(
      id,
      pid === null || before === 'unseen'
        ? 'unseen'
        : [...before, { pid, name: nameOf(name), memoryBytes: mebibytes(fields.at(-1)) }],
    );
  }
  return found;
}

/** Which GPUs have a process of any kind in the report of `nvidia-smi -q -x`. */
export function gpusWithProcesses(xml: string): Set<string> {
  const found = new Set<string>();
  for (const part of xml.split(/<gpu id=/).slice(1)) {
    const [, uuid] = /<uuid>\s*(GPU-[^<\s]+)\s*<\/uuid>/.exec(part) ?? [];
    if (uuid !== undefined && /<pid>\s*\d+\s*<\/pid>/.test(part)) found.add(uuid);
  }
  return found;
}

/** "[Not Found]" and "[Insufficient Permissions]" stand where a name should. */
const nameOf = (name: string): string => (name === '' || name.startsWith('[') ? 'a process' : name);

function mebibytes(field: string | undefined): number | null {
  const number = numberOf(field);
  return number === null ? null : number * MIB;
}
