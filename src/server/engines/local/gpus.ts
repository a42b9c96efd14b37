/** NVIDIA's GPUs on this machine, as `nvidia-smi` lists them; none where there is no such tool. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Compute } from '../../../contract/shapes.ts';

type Gpu = Compute['engines'][number]['gpus'][number];

const QUERY = ['--query-gpu=uuid,name,memory.total', '--format=csv,noheader,nounits'];

export async function findGpus(): Promise<Gpu[]> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', QUERY, { timeout: 10_000 });
    return parseGpus(stdout);
  } catch {
    // No tool, no driver, no device: a machine without GPUs is nothing unusual.
    return [];
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
