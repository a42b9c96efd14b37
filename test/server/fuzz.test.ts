/**
 * The HTTP interface under Schemathesis (https://schemathesis.readthedocs.io), which makes calls from the OpenAPI document, right and
 * wrong ones, and holds each answer against it. Streams and the stop of the backend are left out: `http.test.ts` and `streams.test.ts`
 * have them. `TRAINYARD_TEST_LONG=1` fuzzes for minutes, from a new seed that is printed; TRAINYARD_TEST_SEED repeats one.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import { createClient, type Client } from '../../src/client/api.ts';
import { API, routes } from '../../src/contract/routes.ts';
import { pythonEnvironment } from '../../src/dev/pythons.ts';
import { seedOf } from './chance.ts';
import { PYTHON } from './realBackend.ts';

const LONG = process.env['TRAINYARD_TEST_LONG'] === '1';
const SEED = seedOf(LONG, 20_250_501);
/** Phases of Schemathesis that are run together, and for how many seconds. */
const BUDGETS: readonly [phases: string, seconds: number][] = LONG
  ? [
      ['coverage', 120],
      ['fuzzing', 240],
      ['stateful', 120],
    ]
  : [['coverage,fuzzing', 12]];
const EXCLUDED = ['events', 'logs', 'stopBackend'];
/** What it reads the document from, it doesn't call besides. */
const DOCUMENT = 'openapi';
const SERVICES = 8;
const RUNS_EACH = 8;

const Calls = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        request: z.object({ method: z.string(), url: z.string() }),
        response: z.object({ status: z.int() }),
      }),
    ),
  }),
});

/** "GET /api/v1/runs 200", of each call in an HTTP archive (HAR). */
async function answersIn(file: string): Promise<string[]> {
  const { log } = Calls.parse(JSON.parse(await readFile(file, 'utf8')));
  return log.entries.map(
    ({ request, response }) =>
      `${request.method} ${request.url.replace(/^\w+:\/\/[^/]+|\?.*/g, '')} ${response.status}`,
  );
}

describe('The HTTP interface, whatever is asked of it', { timeout: LONG ? 3_000_000 : 120_000 }, () => {
  let folder = '';
  let backend: ReturnType<typeof spawn>;
  let client: Client;
  /** What the backend wrote into its log. */
  let log = '';

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trainyard-fuzz-'));
    await writeFile(path.join(folder, 'train.py'), 'def train():\n    pass\n');
    const program = path.join(import.meta.dirname, 'restlessBackend.ts');
    const words = ['--disable-warning=ExperimentalWarning', program, path.join(folder, 'home'), String(SEED)];
    const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    backend = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    child.stdout.setEncoding('utf8');
    const [line] = (await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => assert.fail(`the backend didn't start:\n${log}`)),
    ])) as [string];
    client = createClient(JSON.parse(line) as { url: string; token: string });
  });
  after(async () => {
    if (backend.exitCode === null && backend.signalCode === null) {
      const gone = once(backend, 'exit');
      backend.stdin?.end();
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs and services to call by their ids; some of them may be removed. */
  async function populate(): Promise<Record<'executions' | 'removable' | 'services' | 'cursors', string[]>> {
    const executions: string[] = [];
    for (let i = 0; i < SERVICES * RUNS_EACH; i++) {
      const instance = i % 2 === 0 ? 'cpu' : 'gpu';
      const run = await client.call('submit', {
        body: {
          project: folder,
          architecture: {
            id: `a${i % SERVICES}`,
            train: 'train.py:train',
            python: PYTHON,
            service: { instance },
          },
          model: { name: `m${i}`, config: { epochs: i } },
        },
      });
      executions.push(run.executionId);
      await client.call('report', {
        params: { id: run.executionId },
        body: {
          attempt: 1,
          batch: 1,
          samples: [{ figure: 'loss', legend: 'train', epoch: 1, y: 1, time: 1 }],
        },
      });
    }
    const { services } = await client.call('listServices', {});
    const { next } = await client.call('listRuns', { query: { limit: 3 } });
    return {
      executions,
      cursors: [next ?? ''],
      removable: executions.slice(0, RUNS_EACH),
      services: services.map((service) => service.id),
    };
  }

  /** Schemathesis' configuration: what to put where an id, a folder or a program of this machine belongs. */
  async function configuration(): Promise<string> {
    const known = await populate();
    const earlier = path.join(folder, 'earlier.csv');
    await writeFile(earlier, 'epoch,loss\n1,0.5\n2,0.25\n');
    const dictionaries = {
      ...known,
      folders: [folder],
      programs: [PYTHON],
      functions: ['train.py:train'],
      attempts: [1],
      figures: ['loss'],
      earlier: [earlier],
    };
    const bound = (name: string, probability: number): string =>
      `{ dictionary = "${name}", probability = ${probability} }`;
    const text = [
      `seed = ${SEED}`,
      // What hangs has failed.
      'request-timeout = 10.0',
      'continue-on-failure = true',
      '[generation]',
      'database = "none"',
      // Understood and refused is an answer, too: no schema can say that a folder is there, or how long all parameters are together.
      '[checks]',
      'positive_data_acceptance = { expected-statuses = ["2xx", 404, 409, 422, 431] }',
      'negative_data_rejection = { expected-statuses = [400, 401, 404, 405, 409, 413, 422, 431] }',
      '[dictionaries]',
      ...Object.entries(dictionaries).map(
        ([name, values]) => `${name} = { values = ${JSON.stringify(values)} }`,
      ),
      '[parameters]',
      `"query.cursor" = ${bound('cursors', 0.7)}`,
      `"body.project" = ${bound('folders', 0.9)}`,
      `"body.architecture.python" = ${bound('programs', 0.9)}`,
      `"body.architecture.train" = ${bound('functions', 0.9)}`,
      `"body.executions[*]" = ${bound('executions', 0.9)}`,
      `"query.executions" = ${bound('executions', 0.9)}`,
      `"query.figures" = ${bound('figures', 0.7)}`,
      `"body.from" = ${bound('earlier', 0.9)}`,
      `"body.attempt" = ${bound('attempts', 0.8)}`,
      ...[
        '/runs/{id}',
        '/executions/{id}/abort',
        '/executions/{id}/rerun',
        '/executions/{id}/samples',
        '/executions/{id}/attempts',
        '/executions/{id}/files',
      ].flatMap((where) => [
        '[[operations]]',
        `include-path = "/api/v1${where}"`,
        `parameters = { "path.id" = ${bound('executions', 0.9)} }`,
      ]),
      // That a cursor is of this list, and an attempt one that there was, no schema can say either.
      '[[operations]]',
      'include-operation-id = ["listRuns", "serviceExecutions", "report"]',
      'checks = { positive_data_acceptance = { expected-statuses = ["2xx", 400, 404, 409] } }',
      '[[operations]]',
      'include-operation-id = "remove"',
      `parameters = { "path.id" = ${bound('removable', 0.9)} }`,
      '[[operations]]',
      'include-path-regex = "/services/"',
      `parameters = { "path.id" = ${bound('services', 0.9)} }`,
    ].join('\n');
    const file = path.join(folder, 'schemathesis.toml');
    await writeFile(file, text);
    return file;
  }

  it(`fails at nothing, hangs at nothing, and answers as its document says (seed ${SEED})`, async (t) => {
    const programs = await pythonEnvironment('schemathesis', ['schemathesis==4.32.5'], (line) =>
      t.diagnostic(line),
    );
    const config = await configuration();
    const answered = new Set<string>();
    for (const [phases, seconds] of BUDGETS) {
      const words = [
        '--config-file',
        config,
        'run',
        `${client.address.url}/api/v1/openapi.json`,
        `--header=Authorization: Bearer ${client.address.token}`,
        `--phases=${phases}`,
        `--max-time=${seconds}`,
        // Several make Python read sources in threads, which some versions of it fail at (python/cpython#106905).
        '--workers=1',
        '--no-color',
        `--report-har-path=${path.join(folder, 'calls.har')}`,
        ...EXCLUDED.map((name) => `--exclude-operation-id=${name}`),
      ];
      const fuzzer = spawn(path.join(programs, 'schemathesis'), words, {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        // It takes any FORCE_COLOR for a wish to see it move.
        env: { ...process.env, FORCE_COLOR: undefined },
      });
      let said = '';
      for (const stream of [fuzzer.stdout, fuzzer.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (said += text));
      const [code] = (await once(fuzzer, 'close')) as [number | null];
      t.diagnostic(`${phases}: ${/[\d,]+ generated[^\n]*/.exec(said)?.[0] ?? said.slice(-300)}`);
      assert.equal(code, 0, said);
      for (const one of await answersIn(path.join(folder, 'calls.har'))) answered.add(one);
    }
    if (LONG) {
      // Refusals alone would prove little.
      const met = Object.entries(routes)
        .filter(([name, { method, path: where, status }]) => {
          const place = new RegExp(`^${method} ${API}${where.replace('{id}', '[^/]+')} ${status}$`);
          return [...EXCLUDED, DOCUMENT].includes(name) || [...answered].some((one) => place.test(one));
        })
        .map(([name]) => name);
      assert.deepEqual(met, Object.keys(routes), 'not every route was met with success');
    }
    // What went wrong without an answer that shows it.
    assert.doesNotMatch(log, / error /, log);
  });
});
