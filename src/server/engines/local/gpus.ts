/** NVIDIA's GPUs on this machine, as `nvidia-smi` lists them; none where there is no such tool. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Compute } from '../../../contract/shapes.ts';

export type Gpu = Compute['engines'][number]['gpus'][number];

const QUERY = ['--query-gpu=uuid,name,memory.total', '--format=csv,noheader,nounits'];
const DEADLINE_MS = 10_000;
/** What the tool ends with where it finds no driver, and no device (nvidia-smi(1), "Return value"). */
const NOTHING_THERE = new Set<unknown>([9, 6]);

/** Null where the tool is there but doesn't tell: a driver that hangs or is being updated makes no GPU disappear. */
export async function findGpus(): Promise<Gpu[] | null> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', QUERY, { timeout: DEADLINE_MS });
    return parseGpus(stdout);
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
    return code === 'ENOENT' || NOTHING_THERE.has(code) ? [] : null;
  }
}

/** "GPU-5d4a…, NVIDIA A100, 81920" a line; any field can be "[N/A]". */
export function parseGpus(text: string): Gpu[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .flatMap(([id, name, mebibytes]) => {
      if (id === undefined || !id.startsWith('GPU-')) return [];
      const memory = Number(mebibytes);
      return [
        {
          id,
          name: name ?? 'GPU',
          memoryBytes: Number.isFinite(memory) ? memory * 2 ** 20 : null,
          heldBy: null,
        },
      ];
    });
}
