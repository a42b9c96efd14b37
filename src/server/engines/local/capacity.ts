/** What this machine has to train on. The tools that tell take up to seconds: who asks gets what they told last. */
import { availableParallelism } from 'node:os';
import type { Compute } from '../../../contract/shapes.ts';
import type { Log } from '../../log.ts';
import { findGpus, type Gpu } from './gpus.ts';

type Capacity = Compute['engines'][number];

/** So long an answer is taken as it is; */
const FRESH_MS = 5_000;
/** so long it is still given, while a new one is being found. */
const STALE_MS = 30_000;

export function capacityOf(
  id: string,
  log: Log,
  find: () => Promise<Gpu[] | null> = findGpus,
): () => Promise<Capacity> {
  let known: { at: number; gpus: Gpu[] } | null = null;
  let asking: Promise<Gpu[]> | null = null;
  let telling = true;

  async function ask(): Promise<Gpu[]> {
    const found = await find();
    if ((found !== null) !== telling) {
      telling = found !== null;
      if (telling) log.info('nvidia-smi tells of GPUs again');
      else log.warn('nvidia-smi fails: the GPUs are taken to be as they were');
    }
    const gpus = found ?? known?.gpus ?? [];
    known = { at: Date.now(), gpus };
    return gpus;
  }

  return async () => {
    const age = known === null ? Infinity : Date.now() - known.at;
    if (age > FRESH_MS) asking ??= ask().finally(() => (asking = null));
    const gpus = known === null || (age > STALE_MS && asking !== null) ? await asking : known.gpus;
    return { id, cpus: availableParallelism(), gpus: gpus ?? [] };
  };
}
