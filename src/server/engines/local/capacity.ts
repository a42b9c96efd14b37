/** What this machine has to train on. The tools that tell take up to seconds: who needs no better gets what they told last. */
import { availableParallelism } from 'node:os';
import type { Compute, Gpu } from '../../../contract/compute.ts';
import type { Log } from '../../log.ts';
import type { Engine } from '../engine.ts';
import type { FindGpus } from './gpus/index.ts';

type Capacity = Compute['engines'][number];

/** So long an answer is taken as it is; */
const FRESH_MS = 5_000;
/** so long it is still given, while a new one is being found. */
const STALE_MS = 30_000;

export interface Machine {
  capacity: Engine['capacity'];
  /** The GPUs as they are, or were a moment ago; none where their tools don't tell. */
  gpus(): Promise<readonly Gpu[]>;
}

export function machineOf(id: string, log: Log, find: FindGpus): Machine {
  /** Times are of the clock that no one sets: `performance.now()`. */
  let known: { askedAt: number; gpus: Gpu[] } | null = null;
  let asking: { at: number; answer: Promise<void> } | null = null;
  let telling = true;

  async function ask(askedAt: number): Promise<void> {
    const found = await find().catch((error: unknown) => {
      log.error("The GPUs can't be looked for", error);
      return null;
    });
    if ((found !== null) !== telling) {
      telling = found !== null;
      if (telling) log.info('The tools tell of GPUs again');
      else log.warn("A tool that tells of GPUs doesn't answer: they are taken to be as they were");
    }
    known = { askedAt, gpus: found ?? known?.gpus ?? [] };
  }

  function asked(): Promise<void> {
    if (asking === null) {
      const at = performance.now();
      asking = { at, answer: ask(at).finally(() => (asking = null)) };
    }
    return asking.answer;
  }

  const capacity = (): Capacity => ({ id, cpus: availableParallelism(), gpus: known?.gpus ?? [] });

  /** @param since the world was looked at then or later */
  async function knowSince(since: number): Promise<void> {
    // One that is being found may have looked before then; the one after it has not.
    for (;;) {
      if (known !== null && known.askedAt >= since) return;
      await asked();
    }
  }

  return {
    async capacity(since) {
      if (since !== undefined) {
        await knowSince(since);
        return capacity();
      }
      const age = known === null ? Infinity : performance.now() - known.askedAt;
      if (age > FRESH_MS) {
        const answer = asked();
        if (age > STALE_MS) await answer;
      }
      return capacity();
    },
    async gpus() {
      await knowSince(performance.now() - FRESH_MS);
      return telling ? (known?.gpus ?? []) : [];
    },
  };
}
