/**
 * Trainyard's MLflow endpoint beside MLflow's own server, on the same calls from the same client: `node test/bench/mlflow.ts`. Told are
 * ratios: the figures are of one machine and one moment. Takes some minutes, most of them for the server to start.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import * as z from 'zod';
import { MlflowServer } from '../libraries/mlflow/server.ts';
import { RealBackend } from '../server/realBackend.ts';
import { median, tell } from './tell.ts';

const BATCHES = 30;
const POINTS = 1000;
const SINGLES = 200;
const RUNS = 1000;

/** One who is asked, over connections that stay open. */
class Asked {
  readonly #url: string;
  readonly #token: string;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async ask(method: 'GET' | 'POST', call: string, body?: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        `${this.#url}/api/2.0/mlflow/${call}`,
        {
          method,
          agent: this.#agent,
          headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            if (response.statusCode === 200) resolve(JSON.parse(text));
            else reject(new Error(`${call}: ${response.statusCode} ${text}`));
          });
        },
      );
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async run(more: object = {}): Promise<string> {
    const made = await this.ask('POST', 'runs/create', {
      experiment_id: '0',
      start_time: Date.now(),
      ...more,
    });
    return z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }).parse(made).run.info
      .run_id;
  }

  end(): void {
    this.#agent.destroy();
  }
}

interface Found {
  pointsOne: number;
  pointsFour: number;
  metricMs: number;
  searchMs: number;
  historyMs: number;
  bytes: number;
}

async function measure(asked: Asked, memory: () => number): Promise<Found> {
  const pointsOne = await batches(asked, 1);
  const pointsFour = await batches(asked, 4);
  const single = await asked.run();
  const times: number[] = [];
  for (let step = 0; step < SINGLES; step++) {
    const metric = { run_id: single, key: 'loss', value: 1 / (step + 1), timestamp: Date.now(), step };
    times.push(await timed(() => asked.ask('POST', 'runs/log-metric', metric)));
  }
  const long = await asked.run();
  for (let batch = 0; batch < 10; batch++)
    await asked.ask('POST', 'runs/log-batch', { run_id: long, metrics: points('loss', batch) });
  const history = (): Promise<unknown> =>
    asked.ask('GET', `metrics/get-history?run_id=${long}&metric_key=loss`);
  const historyMs = median([await timed(history), await timed(history), await timed(history)]);
  for (let i = 0; i < RUNS; i++) {
    const run = await asked.run({ run_name: `run ${i}` });
    const metrics = ['a', 'b', 'c'].map((key) => ({ key, value: i, timestamp: Date.now(), step: 1 }));
    const params = ['lr', 'batch', 'epochs'].map((key) => ({ key, value: String(i) }));
    await asked.ask('POST', 'runs/log-batch', { run_id: run, metrics, params });
  }
  const search = async (): Promise<void> => {
    const body = {
      experiment_ids: ['0'],
      max_results: RUNS,
      filter: 'metrics.a >= 0',
      order_by: ['metrics.a DESC'],
    };
    const { runs } = z
      .object({ runs: z.array(z.unknown()) })
      .parse(await asked.ask('POST', 'runs/search', body));
    if (runs.length !== RUNS) throw new Error(`${runs.length} runs were found`);
  };
  const searchMs = median([await timed(search), await timed(search), await timed(search)]);
  return { pointsOne, pointsFour, metricMs: median(times), searchMs, historyMs, bytes: memory() };
}

/** Points a second, each connection waiting for the answer to its batch before it sends the next. */
async function batches(asked: Asked, connections: number): Promise<number> {
  const runs = await Promise.all(Array.from({ length: connections }, () => asked.run()));
  const took = await timed(() =>
    Promise.all(
      runs.map(async (run) => {
        for (let batch = 0; batch < BATCHES / connections; batch++)
          await asked.ask('POST', 'runs/log-batch', { run_id: run, metrics: points('train_loss', batch) });
      }),
    ),
  );
  return (Math.ceil(BATCHES / connections) * connections * POINTS * 1000) / took;
}

const points = (key: string, batch: number): object[] =>
  Array.from({ length: POINTS }, (_, i) => {
    const step = batch * POINTS + i;
    return { key, value: Math.sin(step), timestamp: 1_700_000_000_000 + step, step };
  });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function ours(): Promise<Found> {
  const backend = await RealBackend.start();
  const { url, token } = backend.client.address;
  const asked = new Asked(`${url}/mlflow`, token);
  try {
    const kilobytes = (): number =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${backend.pid}/status`, 'utf8'))?.[1] ?? NaN);
    return await measure(asked, () => kilobytes() * 1024);
  } finally {
    asked.end();
    await backend.end();
  }
}

async function theirs(): Promise<Found> {
  const server = new MlflowServer();
  let asked: Asked | null = null;
  try {
    await server.start();
    asked = new Asked(server.url, '');
    return await measure(asked, () => server.memory);
  } finally {
    asked?.end();
    server.end();
  }
}

const [us, them] = [await ours(), await theirs()];
console.log(`Trainyard's MLflow endpoint beside MLflow's server: ours, theirs, and how many times better`);
for (const [what, key, unit, better] of [
  ['points a second, batches of 1,000, one connection', 'pointsOne', '', 'more'],
  ['points a second, batches of 1,000, four connections', 'pointsFour', '', 'more'],
  ['log-metric, median', 'metricMs', ' ms', 'less'],
  ['runs/search of 1,000 by a metric', 'searchMs', ' ms', 'less'],
  ['get-history of 10,000 points', 'historyMs', ' ms', 'less'],
  ['resident memory', 'bytes', ' MiB', 'less'],
] as const) {
  const scale = key === 'bytes' ? 2 ** 20 : 1;
  const ratio = better === 'more' ? us[key] / them[key] : them[key] / us[key];
  tell(`${what}, ours`, us[key] / scale, unit);
  tell(`${what}, theirs`, them[key] / scale, unit);
  tell('  times better', ratio, '', 1, 'more');
}
