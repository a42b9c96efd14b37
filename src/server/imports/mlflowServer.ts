/** Runs that an MLflow server has, read through its own interface. */
import * as z from 'zod';
import { Unreadable, type FoundRun, type LoggedSeries } from './found.ts';
import { foundRun, unbounded } from './mlflowRun.ts';
import { Metric } from '../mlflow/shapes.ts';

const DEADLINE_MS = 20_000;
const PAGE = 500;

const Pairs = z.array(z.object({ key: z.string(), value: z.string().default('') })).default([]);
const whole = z.union([z.number(), z.string().transform(Number)]);
const Experiments = z.object({
  experiments: z.array(z.object({ experiment_id: z.string(), name: z.string() })).default([]),
  next_page_token: z.string().optional(),
});
const Runs = z.object({
  runs: z
    .array(
      z.object({
        info: z.object({
          run_id: z.string(),
          run_name: z.string().default(''),
          experiment_id: z.string(),
          status: z.string().default(''),
          start_time: whole.default(0),
          end_time: whole.optional(),
        }),
        data: z
          .object({ metrics: z.array(Metric).default([]), params: Pairs, tags: Pairs })
          .default({ metrics: [], params: [], tags: [] }),
      }),
    )
    .default([]),
  next_page_token: z.string().optional(),
});
const History = z.object({ metrics: z.array(Metric).default([]), next_page_token: z.string().optional() });

export async function isServer(from: string, token: string | null): Promise<boolean> {
  if (!/^https?:\/\//i.test(from)) return false;
  await new Server(from, token).ask('experiments/search', Experiments, { max_results: 1 });
  return true;
}

export async function* runsOfServer(from: string, token: string | null): AsyncGenerator<FoundRun> {
  const server = new Server(from, token);
  const names = new Map<string, string>();
  for await (const { experiments } of pages(server, 'experiments/search', Experiments, { max_results: PAGE }))
    for (const { experiment_id: id, name } of experiments) names.set(id, name);
  const asked = { experiment_ids: [...names.keys()], max_results: PAGE };
  for await (const { runs } of pages(server, 'runs/search', Runs, asked)) {
    for (const { info, data } of runs) {
      const object = (pairs: z.output<typeof Pairs>): Record<string, string> =>
        Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
      const facts = {
        id: info.run_id,
        lies: server.url,
        name: info.run_name,
        experiment: names.get(info.experiment_id) ?? info.experiment_id,
        status: info.status,
        start: info.start_time,
        end: info.end_time ?? null,
        params: object(data.params),
        tags: object(data.tags),
        state: JSON.stringify(data.metrics),
      };
      yield foundRun(facts, {
        async *series() {
          for (const { key } of data.metrics) yield await seriesOf(server, info.run_id, key);
        },
        // They stay with their server.
        async *files() {},
      });
    }
  }
}

async function seriesOf(server: Server, run: string, key: string): Promise<LoggedSeries> {
  const points: LoggedSeries['points'][number][] = [];
  const asked = { run_id: run, metric_key: key, max_results: 25_000 };
  for await (const { metrics } of pages(server, 'metrics/get-history', History, asked, 'GET'))
    for (const { value, timestamp, step } of metrics)
      points.push({ y: unbounded(value), time: timestamp, step });
  return { key, points };
}

async function* pages<T extends { next_page_token?: string | undefined }>(
  server: Server,
  call: string,
  reply: z.ZodType<T>,
  asked: object,
  method: 'GET' | 'POST' = 'POST',
): AsyncGenerator<T> {
  let token: string | undefined;
  do {
    const page = await server.ask(
      call,
      reply,
      token === undefined ? asked : { ...asked, page_token: token },
      method,
    );
    yield page;
    token = page.next_page_token === '' ? undefined : page.next_page_token;
  } while (token !== undefined);
}

class Server {
  /** Without what opens it. */
  readonly url: string;
  readonly headers: Record<string, string>;

  constructor(from: string, token: string | null) {
    const url = new URL(from);
    const authorization =
      token !== null
        ? `Bearer ${token}`
        : url.username === ''
          ? null
          : `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`;
    this.url = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
    this.headers = {
      'content-type': 'application/json',
      ...(authorization === null ? {} : { authorization }),
    };
  }

  /** Rejects with `Unreadable`, in words for a person. */
  async ask<T>(
    call: string,
    reply: z.ZodType<T>,
    asked: object,
    method: 'GET' | 'POST' = 'POST',
  ): Promise<T> {
    const query = new URLSearchParams(
      Object.entries(asked).map(([key, value]): [string, string] => [key, String(value)]),
    );
    const place = `${this.url}/api/2.0/mlflow/${call}`;
    const { headers } = this;
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const said = await (
      method === 'GET'
        ? fetch(`${place}?${query.toString()}`, { headers, signal })
        : fetch(place, { method: 'POST', headers, body: JSON.stringify(asked), signal })
    ).catch((error: unknown) => {
      const cause =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Unreadable(`${this.url} doesn't answer (${cause}).`);
    });
    if (!said.ok) {
      const why =
        said.status === 401 || said.status === 403 ? ': it needs a token, MLFLOW_TRACKING_TOKEN' : '';
      throw new Unreadable(`${this.url} answers ${said.status} to ${call}${why}.`);
    }
    const parsed = reply.safeParse(await said.json().catch(() => null));
    if (!parsed.success) throw new Unreadable(`${this.url} doesn't answer as an MLflow server does.`);
    return parsed.data;
  }
}
