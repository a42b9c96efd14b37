/** What MLflow's own client logs, against MLflow's own server and against Trainyard; and what is imported of MLflow's. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run as runProgram } from '../../src/dev/run.ts';
import { RealBackend } from '../server/realBackend.ts';
import { pythonOf } from './environments.ts';
import { assertAsMlflowReads, RUNS, runsOfEarlier } from './mlflow/earlier.ts';
import { MlflowServer, SERVER_DEADLINE_MS } from './mlflow/server.ts';

const STORY = path.join(import.meta.dirname, 'mlflow', 'story.py');

/** It would tell its makers of each use, and while it does a request of the client may fail. */
const QUIET = { MLFLOW_DISABLE_TELEMETRY: 'true' };

/** The oldest and the newest client of two years. */
const CLIENTS = { 'mlflow-skinny 2.18.0': 'torch', 'mlflow-skinny 3.17.2': 'client' } as const;

/** What the client heard, told the story. */
async function heard(
  interpreter: string,
  word: string,
  uri: string,
  token: string,
): Promise<[what: string, said: unknown][]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mlflow-story-'));
  try {
    const file = path.join(folder, 'said.json');
    await runProgram(interpreter, [STORY, file, word], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        MLFLOW_TRACKING_URI: uri,
        MLFLOW_TRACKING_TOKEN: token,
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
        ...QUIET,
      },
    });
    return JSON.parse(readFileSync(file, 'utf8')) as [string, unknown][];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("MLflow's client", () => {
  const theirs = new MlflowServer();
  // The processes that do its work for language models are of no use here.
  before(() => theirs.start({ ...QUIET, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' }), {
    timeout: SERVER_DEADLINE_MS + 600_000,
  });
  after(() => theirs.end());

  it('has of runs of earlier what it reads itself shown where they are imported, from its server, its database mlflow.db or its folder mlruns', async () => {
    const backend = await RealBackend.start();
    try {
      const folder = path.join(backend.folder, 'mlruns');
      // The oldest client keeps folders, and the newest doesn't any more.
      const inServer = await runsOfEarlier(await pythonOf('client'), theirs.url, backend.folder);
      const inFolder = await runsOfEarlier(await pythonOf('torch'), `file:${folder}`, backend.folder);
      for (const [from, read] of [
        [theirs.url, inServer],
        [theirs.database, inServer],
        [folder, inFolder],
      ] as const) {
        const body = { from, project: backend.project };
        const told = await backend.client.call('importRuns', { body });
        assert.deepEqual([told.sources, told.added, told.skipped], [['mlflow'], RUNS, []]);
        await assertAsMlflowReads(backend, read);
        const again = await backend.client.call('importRuns', { body });
        assert.deepEqual([again.added, again.changed, again.known], [0, 0, RUNS]);
        const { runs } = await backend.client.call('listRuns', { query: {} });
        for (const { executionId: id } of runs) await backend.client.call('remove', { params: { id } });
      }
    } finally {
      await backend.end();
    }
  });

  for (const [name, environment] of Object.entries(CLIENTS)) {
    it(`of ${name} hears the same of Trainyard as of MLflow's server`, async () => {
      const interpreter = await pythonOf(environment);
      const backend = await RealBackend.start();
      try {
        const { url, token } = backend.client.address;
        const ours = await heard(interpreter, name, `${url}/mlflow`, token);
        const expected = await heard(interpreter, name, theirs.url, '');
        assert.ok(expected.length > 70, `only ${expected.length} answers`);
        for (const [i, [what, said]] of expected.entries()) assert.deepEqual(ours[i], [what, said], what);
        assert.equal(ours.length, expected.length);
      } finally {
        await backend.end();
      }
    });
  }
});
