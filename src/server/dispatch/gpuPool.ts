/** Which GPUs are free, for whom, and who has the others. */
import { VENDORS, type Vendor } from '../../contract/compute.ts';

export interface PlannedGpu {
  id: string;
  vendor: Vendor;
  /** Its number as the vendor's tool counts. */
  index: number;
  /** Who computes on it that isn't ours, in words that stay the same while they do; null where nobody does. */
  foreign: { who: string; since: string | null } | null;
}

interface Holder {
  name: string;
  gpus: readonly string[];
  since: string | null;
}

/** A sentence names so many GPUs at most. */
const NAMED = 8;

export class GpuPool {
  readonly #gpus: readonly PlannedGpu[];
  readonly #holders = new Map<string, Holder>();

  /** @param queue the runs, of which some hold GPUs */
  constructor(gpus: readonly PlannedGpu[], queue: readonly Holder[]) {
    this.#gpus = gpus;
    for (const run of queue) for (const gpu of run.gpus) this.#holders.set(gpu, run);
  }

  /**
   * Takes so many GPUs of one vendor, since no program trains on two vendors' at once; null where there aren't so many.
   * @param run whose they become
   * @param busyToo those on which somebody else computes as well, after those that are free
   */
  take(run: Holder, needed: number, busyToo: boolean): string[] | null {
    if (needed === 0) return [];
    for (const vendor of VENDORS) {
      const own = this.#gpus.filter((gpu) => gpu.vendor === vendor && !this.#holders.has(gpu.id));
      const free = own.filter((gpu) => gpu.foreign === null);
      const choice = (busyToo ? [...free, ...own.filter((gpu) => gpu.foreign !== null)] : free).slice(
        0,
        needed,
      );
      if (choice.length < needed) continue;
      const taken = choice.map((gpu) => gpu.id);
      for (const id of taken) this.#holders.set(id, run);
      return taken;
    }
    return null;
  }

  /** Somebody else is on a GPU that none of ours holds: it may be free any time. */
  get someForeign(): boolean {
    return this.#gpus.some((gpu) => gpu.foreign !== null && !this.#holders.has(gpu.id));
  }

  /** How many could be taken now. */
  get free(): number {
    return this.#gpus.filter((gpu) => gpu.foreign === null && !this.#holders.has(gpu.id)).length;
  }

  /** "GPU 0 is used by python (pid 4711) of alice since 14:03 UTC, GPU 1 by shapes-small v1 since 14:05 UTC". */
  words(): string {
    const mixed = new Set(this.#gpus.map((gpu) => gpu.vendor)).size > 1;
    const taken = this.#gpus.flatMap((gpu) => {
      const holder = this.#holders.get(gpu.id);
      const by = holder === undefined ? gpu.foreign : { who: holder.name, since: holder.since };
      if (by === null) return [];
      const since = by.since === null ? '' : ` since ${by.since}`;
      return [
        { name: `${mixed ? `${LABELS[gpu.vendor]} ` : ''}GPU ${gpu.index}`, by: `by ${by.who}${since}` },
      ];
    });
    const named = taken
      .slice(0, NAMED)
      .map(({ name, by }, place) => `${name} ${place === 0 ? 'is used ' : ''}${by}`)
      .join(', ');
    return taken.length > NAMED ? `${named}, and ${taken.length - NAMED} more` : named;
  }
}

const LABELS: Readonly<Record<Vendor, string>> = { nvidia: 'NVIDIA', amd: 'AMD', apple: 'Apple' };

/**
 * Why a run waits for GPUs, with its place in line and who has them.
 * @param line the runs before it that wait for GPUs, the first one first
 */
export function gpuReason(needed: number, line: readonly { name: string }[], pool: GpuPool): string {
  const want = needed === 1 ? 'a GPU' : `${needed} GPUs`;
  const [first] = line;
  const place = first === undefined ? '' : `, place ${line.length + 1} in line behind ${first.name}`;
  const free = pool.free === 0 ? '' : `, ${pool.free} ${pool.free === 1 ? 'is' : 'are'} free`;
  const holders = pool.words();
  return `Waits for ${want}${place}${first === undefined ? free : ''}${holders === '' ? '' : `: ${holders}`}.`;
}
