// node restlessBackend.ts HOME SEED
// A backend whose engine is a test double: its replicas start, run and end by themselves, well or badly, so that whoever calls meets
// everything in every state. It ends when its standard input does.
import type { ServeOptions } from '../../src/server/serve.ts';
import type { StartKey } from '../../src/server/engines/engine.ts';
import { stderrLog } from '../../src/server/log.ts';
import { serve } from '../../src/server/serve.ts';
import { chances } from './chance.ts';
import { SimulatedEngine } from './simulatedEngine.ts';

const STEP_MS = 15;

class RestlessEngine extends SimulatedEngine {
  readonly #chance: () => number;
  readonly #listeners = new Map<string, () => void>();
  readonly #timer: NodeJS.Timeout;

  constructor(gpus: number, seed: number) {
    super(gpus);
    this.#chance = chances(seed);
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  /** One replica that lives goes one step on. */
  #step(): void {
    const living = this.living();
    const replica = living[Math.floor(this.#chance() * living.length)];
    if (replica === undefined) return;
    const luck = this.#chance();
    if (replica.stopAsked) this.finish(replica, { exit: { signal: 'SIGTERM' }, outcome: null });
    else if (replica.seen.state === 'starting' && luck < 0.8) this.makeReady(replica);
    else if (luck < 0.86) this.finish(replica);
    else if (luck < 0.9) this.finish(replica, { exit: { code: 1 }, outcome: null });
    else if (luck < 0.93) this.finish(replica, { exit: { signal: 'SIGSEGV' }, outcome: null });
    else if (luck < 0.96) {
      const outOfMemory = { usedBytes: 2, allowedBytes: 1 };
      this.finish(replica, { exit: { signal: 'SIGKILL' }, outcome: null, outOfMemory });
    } else this.lose(replica, luck < 0.98 ? 'the simulated machine restarted' : null);
    const { executionId, attempt, start } = replica.start;
    this.#listeners.get(`${executionId} ${attempt} ${start}`)?.();
  }

  override watch({ executionId, attempt, start }: StartKey, onChange: () => void): { dispose(): void } {
    const name = `${executionId} ${attempt} ${start}`;
    this.#listeners.set(name, onChange);
    return { dispose: () => this.#listeners.delete(name) };
  }

  override dispose(): Promise<void> {
    clearInterval(this.#timer);
    return super.dispose();
  }
}

const [home = '', seed = '1'] = process.argv.slice(2);
const options: ServeOptions = {
  home,
  host: '127.0.0.1',
  port: 0,
  version: '0.0.0',
  runner: new URL('../../src/runner/', import.meta.url),
  metricsWorker: new URL('../../src/server/metrics/worker.ts', import.meta.url),
  endWhenIdleMs: null,
  engine: () => new RestlessEngine(4, Number(seed)),
  log: stderrLog,
};
const serving = await serve(options);
if (serving === null) throw new Error(`another backend has ${home}`);
process.stdout.write(`${JSON.stringify({ url: serving.url, token: serving.token })}\n`);
process.stdin.on('end', () => serving.end()).resume();
await serving.ended;
