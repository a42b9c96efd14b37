/** Every call of MLflow's client as one table: what is parsed, and what is answered. */
import type { Backend } from '../backend.ts';
import { Artifacts, partsOf } from './artifacts.ts';
import { experimentCalls } from './experimentCalls.ts';
import { MlflowError } from './errors.ts';
import { historyOf, keepMetrics } from './metrics.ts';
import { modelCalls } from './modelCalls.ts';
import { artifactRoot, infoOf, MlflowRuns, type Caller, type Known } from './runs.ts';
import { searchRuns } from './runSearch.ts';
import { call, type Call } from './table.ts';
import * as shapes from './shapes.ts';

export function callsOf(backend: Backend): Call[] {
  const runs = new MlflowRuns(backend);
  const records = backend.mlflow;
  const artifacts = new Artifacts(backend);
  const idOf = (asked: { run_id?: string | undefined; run_uuid?: string | undefined }): string | undefined =>
    asked.run_id ?? asked.run_uuid;
  const active = (caller: Caller, asked: Parameters<typeof idOf>[0]): Known =>
    runs.active(caller, idOf(asked));
  const told = async (run: Known): Promise<object> => ({ run: (await runs.tell([run]))[0] });
  const recordModel = (run: Known, text: string): void => {
    const before = records
      .tags([run.record.id])
      .get(run.record.id)
      ?.find(({ key }) => key === MODELS_TAG)?.value;
    const list: unknown = JSON.parse(before ?? '[]');
    const value = JSON.stringify([...(Array.isArray(list) ? (list as unknown[]) : []), JSON.parse(text)]);
    runs.keep(run, [], [{ key: MODELS_TAG, value }]);
  };
  return [
    ...experimentCalls(backend),
    ...modelCalls(backend),

    call('POST', '/runs/create', shapes.NewRun, async (asked, caller) =>
      told(await runs.create(caller, asked)),
    ),
    call('GET', '/runs/get', shapes.RunId, (asked, caller) => told(runs.known(caller, idOf(asked)))),
    call('POST', '/runs/update', shapes.RunUpdate, (asked, caller) => {
      const run = active(caller, asked);
      const row = runs.update(run, asked);
      return { run_info: infoOf({ ...run, row }) };
    }),
    call('POST', '/runs/delete', shapes.RunId, (asked, caller) => {
      runs.setDeleted(runs.known(caller, idOf(asked)), true);
      return {};
    }),
    call('POST', '/runs/restore', shapes.RunId, (asked, caller) => {
      runs.setDeleted(runs.known(caller, idOf(asked)), false);
      return {};
    }),
    call('POST', '/runs/log-metric', shapes.LoggedMetric, async (asked, caller) => {
      await keepMetrics(backend, runs, active(caller, asked), [metricOf(asked)]);
      return {};
    }),
    call('POST', '/runs/log-batch', shapes.Batch, async (asked, caller) => {
      const run = active(caller, asked);
      runs.checkParams(run, asked.params);
      await keepMetrics(backend, runs, run, asked.metrics);
      runs.keep(run, asked.params, asked.tags);
      return {};
    }),
    call('POST', '/runs/log-parameter', shapes.LoggedParam, (asked, caller) => {
      const run = active(caller, asked);
      const params = [{ key: asked.key, value: asked.value }];
      runs.checkParams(run, params);
      runs.keep(run, params, []);
      return {};
    }),
    call('POST', '/runs/set-tag', shapes.LoggedTag, (asked, caller) => {
      runs.keep(active(caller, asked), [], [{ key: asked.key, value: asked.value }]);
      return {};
    }),
    call('POST', '/runs/delete-tag', shapes.TagKey, (asked, caller) => {
      const { record } = active(caller, asked);
      if (!records.dropTag(record.id, asked.key))
        throw new MlflowError(
          'RESOURCE_DOES_NOT_EXIST',
          `No tag with name: ${asked.key} in run with id ${record.id}`,
        );
      return {};
    }),
    call('POST', '/runs/log-inputs', shapes.Inputs, (asked, caller) => {
      const run = active(caller, asked);
      runs.keepRow(run);
      for (const input of asked.datasets) {
        const { name, digest } = input.dataset;
        records.setLink(run.record.id, 'dataset', `${name} ${digest}`, input);
      }
      for (const model of asked.models) records.setLink(run.record.id, 'input', model.model_id, model);
      return {};
    }),
    call('POST', '/runs/outputs', shapes.Outputs, (asked, caller) => {
      const run = active(caller, asked);
      runs.keepRow(run);
      for (const model of asked.models) records.setLink(run.record.id, 'output', model.model_id, model);
      return {};
    }),
    call('POST', '/runs/log-model', shapes.RecordedModel, (asked, caller) => {
      recordModel(active(caller, asked), asked.model_json);
      return {};
    }),
    call('POST', '/runs/search', shapes.RunSearch, async (asked, caller) => {
      const { found, next } = await searchRuns(backend, runs, caller, asked);
      return { runs: await runs.tell(found), ...(next === null ? {} : { next_page_token: next }) };
    }),

    call('GET', '/metrics/get-history', shapes.HistoryOf, (asked, caller) => {
      const id = idOf(asked) ?? '';
      // As MLflow answers it: what isn't there has no history.
      if (backend.executions.get(id) === null) return { metrics: [] };
      return historyOf(backend, runs.known(caller, id).record.id, asked);
    }),
    call('GET', '/artifacts/list', shapes.Listing, async (asked, caller) => {
      const run = runs.known(caller, idOf(asked));
      const parts = asked.path === '' ? [] : partsOf(asked.path);
      const files = await artifacts.list(run, parts);
      return {
        root_uri: artifactRoot(run),
        files: files.map((file) => ({ ...file, path: [...parts, file.path].join('/') })),
      };
    }),
  ];
}

/** A run's models, as MLflow 2 keeps them: a tag with a list. */
const MODELS_TAG = 'mlflow.log-model.history';

const metricOf = ({ key, value, timestamp, step }: shapes.Metric): shapes.Metric => ({
  key,
  value,
  timestamp,
  step,
});
