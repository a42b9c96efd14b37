/**
 * The HTTP interface under Schemathesis (https://schemathesis.readthedocs.io), which makes calls from the OpenAPI document, right and
 * wrong ones, and holds each answer against it. Streams and the stop of the backend are left out: `http.test.ts` and `streams.test.ts`
 * have them. `TRAINYARD_TEST_LONG=1` fuzzes for minutes, from a new seed that is printed; TRAINYARD_TEST_SEED repeats one.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createClient, type Client } from '../../src/client/api.ts';
import { pythonEnvironment } from '../../src/dev/pythons.ts';
import { PYTHON } from './realBackend.ts';

const LONG = process.env['TRAINYARD_TEST_LONG'] === '1';
const SEED = Number(
  process.env['TRAINYARD_TEST_SEED'] ?? (LONG ? Math.floor(Math.random() * 2 ** 31) : 20_250_501),
);
const PHASES: Record<string, number> = LONG
  ? { coverage: 120, fuzzing: 240, stateful: 120 }
  : { coverage: 15, fuzzing: 10 };
const EXCLUDED = ['events', 'logs', 'stopBackend'];
const SERVICES = 8;
const RUNS_EACH = 8;

describe('The HTTP interface, whatever is asked of it', { timeout: LONG ? 900_000 : 120_000 }, () => {
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
  async function populate(): Promise<{ executions: string[]; removable: string[]; services: string[] }> {
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
    }
    const { services } = await client.call('listServices', {});
    return {
      executions,
      removable: executions.slice(0, RUNS_EACH),
      services: services.map((service) => service.id),
    };
  }

  /** Schemathesis' configuration: what to put where an id, a folder or a program of this machine belongs. */
  async function configuration(): Promise<string> {
    const { executions, removable, services } = await populate();
    const dictionaries = {
      executions,
      removable,
      services,
      folders: [folder],
      programs: [PYTHON],
      functions: ['train.py:train'],
      attempts: [1],
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
      // Understood and refused is an answer, too: no schema can say that a folder is there.
      '[checks]',
      'positive_data_acceptance = { expected-statuses = ["2xx", 404, 409, 422] }',
      '[dictionaries]',
      ...Object.entries(dictionaries).map(
        ([name, values]) => `${name} = { values = ${JSON.stringify(values)} }`,
      ),
      '[parameters]',
      `"body.project" = ${bound('folders', 0.9)}`,
      `"body.architecture.python" = ${bound('programs', 0.9)}`,
      `"body.architecture.train" = ${bound('functions', 0.9)}`,
      `"body.executions[*]" = ${bound('executions', 0.9)}`,
      `"body.attempt" = ${bound('attempts', 0.8)}`,
      ...[
        '/runs/{id}',
        '/executions/{id}/abort',
        '/executions/{id}/rerun',
        '/executions/{id}/samples',
      ].flatMap((where) => [
        '[[operations]]',
        `include-path = "/api/v1${where}"`,
        `parameters = { "path.id" = ${bound('executions', 0.9)} }`,
      ]),
      // That a cursor is of this list, and an attempt one that there was, no schema can say either.
      '[[operations]]',
      'include-operation-id = ["listRuns", "report"]',
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
    for (const [phase, seconds] of Object.entries(PHASES)) {
      const words = [
        ...['--config-file', config, 'run', `${client.address.url}/api/v1/openapi.json`],
        ...['--phases', phase, '--max-time', String(seconds), '--workers', '2', '--no-color'],
        ...['--header', `Authorization: Bearer ${client.address.token}`],
        ...EXCLUDED.flatMap((name) => ['--exclude-operation-id', name]),
      ];
      const fuzzer = spawn(path.join(programs, 'schemathesis'), words, {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [fuzzer.stdout, fuzzer.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (said += text));
      const [code] = (await once(fuzzer, 'close')) as [number | null];
      t.diagnostic(`${phase}: ${/[\d,]+ generated[^\n]*/.exec(said)?.[0] ?? said.slice(-300)}`);
      assert.equal(code, 0, said);
    }
    // What went wrong without an answer that shows it.
    assert.doesNotMatch(log, / error /, log);
  });
});
