/** What MLflow's own client logs, against MLflow's own server and against Trainyard; and what trainings log through it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pythonEnvironment } from '../../src/dev/pythons.ts';
import { run as runProgram } from '../../src/dev/run.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { RealBackend } from '../server/realBackend.ts';
import { MlflowServer, SERVER_DEADLINE_MS } from './mlflow/server.ts';

const STORY = path.join(import.meta.dirname, 'mlflow', 'story.py');
const say = (line: string): void => console.log(line);

/** It would tell its makers of each use, and while it does a request of the client may fail. */
const QUIET = { MLFLOW_DISABLE_TELEMETRY: 'true' };

/** The oldest and the newest client of two years. */
const CLIENTS = {
  'mlflow-skinny-2.18': 'mlflow-skinny==2.18.0',
  'mlflow-skinny-3.17': 'mlflow-skinny==3.17.2',
};

const python = async (name: keyof typeof CLIENTS): Promise<string> =>
  path.join(await pythonEnvironment(name, [CLIENTS[name]], say), 'python');

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

  for (const name of Object.keys(CLIENTS) as (keyof typeof CLIENTS)[]) {
    it(`of ${CLIENTS[name]} hears the same of Trainyard as of MLflow's server`, async () => {
      const interpreter = await python(name);
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

/** Logs what a program would, and writes down what it logged: `logged.json` has figure, legend and points. */
const LOGGING = `
import json, random
import mlflow

def log(epochs=5):
    logged = {"train": [], "val": []}
    with mlflow.start_run(run_name="by the program") as run:
        mlflow.log_params({"lr": 0.01, "optimizer": "sgd"})
        for epoch in range(epochs):
            for part, points in logged.items():
                value = random.random()
                mlflow.log_metric(f"{part}_loss", value, step=epoch)
                points.append([epoch, value])
        mlflow.set_tag("colour", "blue")
        mlflow.log_text("hello", "notes/hello.txt")
    with open("logged.json", "w") as file:
        json.dump({"run": run.info.run_id, "logged": logged}, file)
`;

describe('A training that logs through MLflow', () => {
  let backend: RealBackend;
  let interpreter: string;
  before(async () => {
    backend = await RealBackend.start();
    // Importing a whole library takes a while.
    backend.deadlineMs = 120_000;
    interpreter = await python('mlflow-skinny-3.17');
  });
  after(() => backend.end());

  const train = (id: string, code: string, program = interpreter): Promise<Run> =>
    backend.train(code, { id, python: program, service: { env: QUIET } });
  const steps = async (run: Run, figure: string, legend: string): Promise<[number, unknown][]> =>
    backend.points(run, figure, legend);
  const logged = (): { run: string; logged: Record<'train' | 'val', [number, number][]> } =>
    JSON.parse(readFileSync(path.join(backend.project, 'logged.json'), 'utf8')) as ReturnType<typeof logged>;

  it('has its figures, params, tags and files with its run, and no other run is made', async () => {
    const run = await train('plain', `${LOGGING}\ndef train():\n    log()\n`);
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    assert.equal(logged().run, run.executionId);
    for (const part of ['train', 'val'] as const)
      assert.deepEqual(await steps(run, 'loss', part), logged().logged[part]);
    const { mlflow, origin } = await backend.detail(run);
    assert.equal(origin, 'trained');
    assert.deepEqual(mlflow?.params, { lr: '0.01', optimizer: 'sgd' });
    assert.equal(mlflow.tags['colour'], 'blue');
    const { files } = await backend.client.call('files', { params: { id: run.executionId } });
    assert.deepEqual(
      files.map(({ path: name, kind }) => [name, kind]),
      [['notes/hello.txt', 'artifact']],
    );
    const { runs } = await backend.client.call('listRuns', {});
    assert.deepEqual(
      runs.map(({ executionId }) => executionId),
      [run.executionId],
    );
  });

  it('that is run again goes on as the same run, with other params', async () => {
    const code = `${LOGGING}
import os

def train(context):
    with mlflow.start_run() as run:
        mlflow.log_param("attempt", context.attempt)
        mlflow.log_metric("loss", context.attempt, step=context.attempt)
    assert run.info.run_id == context.execution_id, run.info.run_id
`;
    const run = await train('again', code);
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    await backend.client.call('rerun', { params: { id: run.executionId } });
    const ended = await backend.until(
      run.executionId,
      (now) => now.attempt === 2 && now.status === 'Success',
    );
    assert.deepEqual((await backend.detail(ended)).mlflow?.params, { attempt: '2' });
    assert.deepEqual(await steps(run, 'loss', ''), [[2, 2]]);
  });

  it('makes nested runs of its own, which end with it', async () => {
    const code = `
import mlflow, os
def train():
    with mlflow.start_run():
        with mlflow.start_run(run_name="fold 1", nested=True):
            mlflow.log_metric("acc", 0.5)
        mlflow.start_run(run_name="fold 2", nested=True)
        mlflow.log_metric("acc", 0.75)
        os._exit(3)
`;
    const run = await train('nested', code);
    await backend.ended(run);
    const { runs } = await backend.client.call('listRuns', { query: { search: 'fold' } });
    assert.deepEqual(
      runs.map(({ origin }) => origin),
      ['mlflow', 'mlflow'],
    );
    const [first, second] = ['fold 1', 'fold 2'].map((name) => runs.find(({ model }) => model.name === name));
    assert.ok(first && second);
    assert.equal(first.status, 'Success');
    const orphan = await backend.ended(second);
    assert.equal(orphan.status, 'Failed');
    assert.match(orphan.reason ?? '', /The training that logged it ended/);
    assert.equal(first.project, run.project);
  });

  it('through a logger that makes its run by itself, as Lightning does, logs to its own run', async () => {
    const code = `
from mlflow.tracking import MlflowClient
def train(context):
    client = MlflowClient()
    experiment = client.get_experiment_by_name("lightning_logs")
    id = experiment.experiment_id if experiment else client.create_experiment("lightning_logs")
    run = client.create_run(id)
    assert run.info.run_id == context.execution_id
    client.log_metric(run.info.run_id, "val_acc", 0.5, step=1)
    client.set_terminated(run.info.run_id)
`;
    const run = await train('lightning', code);
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    assert.deepEqual(await steps(run, 'acc', 'val'), [[1, 0.5]]);
    assert.equal((await backend.detail(run)).mlflow?.experiment, 'lightning_logs');
  });

  it('through autologging has what scikit-learn did, its pictures, and the model that loads again', async () => {
    const code = `
import mlflow
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

def train(context):
    mlflow.sklearn.autolog(log_models=False)
    X, y = make_classification(200, random_state=1)
    with mlflow.start_run():
        model = LogisticRegression(C=0.5).fit(X, y)
        made = mlflow.sklearn.log_model(model, name="classifier", pip_requirements=["scikit-learn"])
    assert (mlflow.sklearn.load_model(made.model_uri).predict(X) == model.predict(X)).all()
    context.log(expected=model.score(X, y))
`;
    const whole = path.join(await pythonEnvironment('mlflow-3.17', ['mlflow==3.17.2'], say), 'python');
    const run = await train('autolog', code, whole);
    const { status, summary } = await backend.ended(run);
    assert.equal(status, 'Success', await backend.log(run));
    const last = (figure: string, legend: string): unknown =>
      summary.find((one) => one.figure === figure && one.legend === legend)?.last;
    assert.equal(last('score', 'train'), last('expected', ''));
    assert.equal((await backend.detail(run)).mlflow?.params['C'], '0.5');
    const { files } = await backend.client.call('files', { params: { id: run.executionId } });
    const names = files.map((file) => file.path);
    for (const wanted of [/^training_confusion_matrix\.png$/, /^models\/classifier-\w+\/MLmodel$/])
      assert.ok(
        names.some((name) => wanted.test(name)),
        `${wanted.source} in ${names.join(', ')}`,
      );
  });

  it('to a store that it names itself logs there, as without Trainyard', async () => {
    const code = `
import mlflow, os
def train(context):
    mlflow.set_tracking_uri("file:" + os.path.join(context.output_dir, "mlruns"))
    mlflow.set_experiment("mine")
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 1.0)
    assert run.info.run_id != context.execution_id
`;
    const old = path.join(
      await pythonEnvironment('mlflow-skinny-2.18', ['mlflow-skinny==2.18.0'], say),
      'python',
    );
    const run = await train('elsewhere', code, old);
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    assert.equal((await backend.detail(run)).mlflow, null);
  });

  it('loses nothing and goes on while the backend is killed and started again', async () => {
    const code = `
import mlflow, os, time
def train(context):
    with mlflow.start_run():
        for step in range(200):
            mlflow.log_metric("loss", step / 2, step=step)
            if step == 20:
                open("begun", "w").close()
            time.sleep(0.01)
`;
    const run = await train('killed', code);
    await backend.until(run.executionId, (now) => now.summary.some(({ count }) => count > 20));
    const { url } = backend.client.address;
    await backend.kill();
    await backend.restart();
    assert.equal(backend.client.address.url, url, 'it listens where it did');
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    assert.deepEqual(
      await steps(run, 'loss', ''),
      Array.from({ length: 200 }, (_, step) => [step, step / 2]),
    );
  });
});
