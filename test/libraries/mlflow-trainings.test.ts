/** Programs that log through MLflow's own client: trainings, which have what they logged as their own, and those that run elsewhere. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import type { Run } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';
import { run as runProgram } from '../../src/dev/run.ts';
import { RealBackend } from '../server/realBackend.ts';
import { KEPT, pythonOf } from './environments.ts';

/** It would tell its makers of each use, and while it does a request of the client may fail. */
const QUIET = { ...KEPT, MLFLOW_DISABLE_TELEMETRY: 'true' };

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
    interpreter = await pythonOf('client');
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

  it('that goes on from a checkpoint has one history for its client, each step once and in order, and so has one that begins anew', async () => {
    const code = `
import mlflow

def train(context):
    with mlflow.start_run() as run:
        first = {1: 0, 2: 4, 3: 0}[context.attempt]
        for step in range(first, first + 7 if context.attempt < 3 else 3):
            mlflow.log_metric("val_loss", 100 * context.attempt + step, step=step)
        history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "val_loss")
    for i, point in enumerate(history):
        context.log(step=i, figures={"heard": {"step": point.step, "value": point.value}})
`;
    const run = await train('resumed', code);
    await backend.ended(run);
    const heard = async (attempt: number): Promise<unknown[]> => {
      const { series } = await backend.client.call('queryMetrics', {
        body: { executions: [run.executionId], figures: ['heard'], attempt, axis: 'step', points: 100 },
      });
      const [at, values] = ['step', 'value'].map((legend) => series.find((one) => one.legend === legend)?.y);
      return (at ?? []).map((step, i) => [step, values?.[i]]);
    };
    const points = (attempt: number, from: number, to: number): unknown[] =>
      Array.from({ length: to - from }, (_, i) => [from + i, 100 * attempt + from + i]);
    for (const [attempt, expected] of [
      [1, points(1, 0, 7)],
      [2, [...points(1, 0, 4), ...points(2, 4, 11)]],
      [3, points(3, 0, 3)],
    ] as const) {
      const ended = await backend.until(
        run.executionId,
        (now) => now.attempt === attempt && isOver(now.status),
      );
      assert.equal(ended.status, 'Success', await backend.log(run));
      assert.deepEqual(await heard(attempt), expected, `attempt ${attempt}`);
      if (attempt < 3) await backend.client.call('rerun', { params: { id: run.executionId } });
    }
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

  it('that asks for what Trainyard has not, a model registry or traces, is told so at once, and goes on', async () => {
    const code = `
import json, time
import mlflow
from mlflow import MlflowClient
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

told = {}

def ask(what, call):
    began = time.monotonic()
    try:
        said = "done" if call() is None else "an answer"
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    told[what] = [time.monotonic() - began, said]

def traced():
    with mlflow.start_span("by hand") as span:
        span.set_inputs(1)

def train(context):
    client = MlflowClient()
    X, y = make_classification(200, random_state=1)
    # What it imports for its first one takes longer than all the rest.
    traced()
    ask("traces", traced)
    ask("search traces", lambda: client.search_traces(["0"]))
    ask("make a registered model", lambda: client.create_registered_model("moons"))
    ask("search the registry", lambda: client.search_registered_models())
    with mlflow.start_run():
        model = LogisticRegression().fit(X, y)
        made = mlflow.sklearn.log_model(model, name="plain", pip_requirements=["scikit-learn"])
        ask("register", lambda: mlflow.register_model(made.model_uri, "moons"))
        ask("load by name", lambda: mlflow.sklearn.load_model("models:/moons/1"))
    mlflow.sklearn.autolog(registered_model_name="moons")
    began = time.monotonic()
    LogisticRegression().fit(X, y)
    context.log(autolog=time.monotonic() - began)
    mlflow.flush_trace_async_logging()
    with open("told.json", "w") as file:
        json.dump(told, file)
`;
    const run = await train('registry', code, await pythonOf('mlflow'));
    const { status, summary } = await backend.ended(run);
    const log = await backend.log(run);
    assert.equal(status, 'Success', log);
    const told = JSON.parse(readFileSync(path.join(backend.project, 'told.json'), 'utf8')) as Record<
      string,
      [seconds: number, said: string]
    >;
    for (const what of ['make a registered model', 'search the registry', 'register', 'load by name'])
      assert.match(told[what]?.[1] ?? '', /Trainyard has no model registry\. Set MLFLOW_REGISTRY_URI/, what);
    assert.match(told['search traces']?.[1] ?? '', /Trainyard keeps no traces/);
    assert.equal(told['traces']?.[1], 'done');
    for (const [what, [seconds]] of Object.entries(told)) assert.ok(seconds < 1, `${what}: ${seconds} s`);
    // It makes an environment's list and a model's files besides.
    const autolog = summary.find(({ figure }) => figure === 'autolog')?.last;
    assert.ok(Number(autolog) < 30, `${autolog} s`);
    assert.match(log, /Trainyard has no model registry/);
    assert.match(log, /Trainyard keeps no traces/);
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
    const run = await train('autolog', code, await pythonOf('mlflow'));
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
    const run = await train('elsewhere', code, await pythonOf('torch'));
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

describe('A program elsewhere', () => {
  it('that is pointed at Trainyard makes a run beside the others, with what it logged, which Trainyard neither stops nor runs again', async () => {
    const backend = await RealBackend.start();
    try {
      const { url, token } = backend.client.address;
      await runProgram(await pythonOf('client'), ['-c', `${LOGGING}\nlog()\n`], {
        cwd: backend.project,
        env: {
          PATH: process.env['PATH'],
          HOME: backend.folder,
          MLFLOW_TRACKING_URI: `${url}/mlflow`,
          MLFLOW_TRACKING_TOKEN: token,
          ...QUIET,
        },
      });
      const { runs } = await backend.client.call('listRuns', { query: {} });
      const [run, ...others] = runs;
      assert.ok(run && others.length === 0);
      assert.deepEqual([run.model.name, run.origin, run.status], ['by the program', 'mlflow', 'Success']);
      const { logged } = z
        .object({ logged: z.record(z.string(), z.array(z.tuple([z.number(), z.number()]))) })
        .parse(JSON.parse(readFileSync(path.join(backend.project, 'logged.json'), 'utf8')));
      for (const part of ['train', 'val'])
        assert.deepEqual(await backend.points(run, 'loss', part), logged[part]);
      assert.equal((await backend.detail(run)).config['optimizer'], 'sgd');
      for (const name of ['abort', 'rerun'] as const)
        await assert.rejects(backend.client.call(name, { params: { id: run.executionId } }), {
          code: 'not-trained-here',
        });
    } finally {
      await backend.end();
    }
  });
});
