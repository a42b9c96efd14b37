/** Models that are logged with a run, as autologging of MLflow 3 makes and finishes them. */
import * as z from 'zod';
import type { Backend } from '../backend.ts';
import { merged, Models, modelStatus, tellModel, type LoggedModel } from './models.ts';
import { MlflowRuns, type Caller, type Known } from './runs.ts';
import { filterOf, type Lookup } from './search.ts';
import * as shapes from './shapes.ts';
import { call, type Call } from './table.ts';

const Id = z.object({ model_id: z.string() });
const TagKey = z.object({ model_id: z.string(), key: z.string() });

export function modelCalls(backend: Backend): Call[] {
  const models = new Models(backend);
  const runs = new MlflowRuns(backend);
  const own = (caller: Caller, id: string): LoggedModel => {
    const model = models.get(id);
    runs.known(caller, model.execution);
    return model;
  };
  /** A model's files lie with a run. Logged without one, it is the training's, else one that is made for it. */
  const runOfItsOwn = async (caller: Caller, asked: z.output<typeof shapes.NewModel>): Promise<Known> => {
    if (caller.kind === 'training') return runs.active(caller, caller.id);
    const { experiment_id: experiment, name = 'model' } = asked;
    const run = await runs.create(caller, {
      experiment_id: experiment,
      user_id: '',
      run_name: name,
      tags: [],
    });
    runs.update(run, { status: 'FINISHED' });
    return runs.known(caller, run.record.id);
  };
  return [
    call('POST', '/logged-models', shapes.NewModel, async (asked, caller) => {
      const run =
        asked.source_run_id === undefined
          ? await runOfItsOwn(caller, asked)
          : runs.active(caller, asked.source_run_id);
      runs.keepRow(run);
      return { model: tellModel(models.add(run, asked)) };
    }),
    call(
      'POST',
      '/logged-models/search',
      shapes.ModelSearch,
      ({ experiment_ids: ids, filter, max_results: most }, caller) => {
        const { test } = filterOf(filter);
        const found = models
          .list(ids)
          .filter((model) => caller.kind === 'home' || caller.id === model.execution)
          .filter((model) => test(lookup(model)));
        return { models: found.slice(0, most).map(tellModel) };
      },
    ),
    call('GET', '/logged-models/:model_id', Id, ({ model_id: id }, caller) => ({
      model: tellModel(own(caller, id)),
    })),
    call(
      'PATCH',
      '/logged-models/:model_id',
      Id.extend(shapes.ModelStatus.shape),
      ({ model_id: id, status }, caller) => ({
        model: tellModel(models.change(own(caller, id), { status: modelStatus(status) })),
      }),
    ),
    call('DELETE', '/logged-models/:model_id', Id, ({ model_id: id }, caller) => {
      models.remove(own(caller, id).id);
      return {};
    }),
    call(
      'PATCH',
      '/logged-models/:model_id/tags',
      Id.extend(shapes.ModelTags.shape),
      ({ model_id: id, tags }, caller) => {
        const model = own(caller, id);
        return { model: tellModel(models.change(model, { tags: merged(model.tags, tags) })) };
      },
    ),
    call('DELETE', '/logged-models/:model_id/tags/:key', TagKey, ({ model_id: id, key }, caller) => {
      const model = own(caller, id);
      models.change(model, { tags: model.tags.filter((tag) => tag.key !== key) });
      return {};
    }),
    call(
      'POST',
      '/logged-models/:model_id/params',
      Id.extend(shapes.ModelParams.shape),
      ({ model_id: id, params }, caller) => {
        const model = own(caller, id);
        models.change(model, { params: merged(model.params, params) });
        return {};
      },
    ),
  ];
}

function lookup({ id, execution, name, type, status, created, params, tags }: LoggedModel): Lookup {
  const attributes: Record<string, string | number> = {
    model_id: id,
    source_run_id: execution,
    name,
    status,
    creation_time: created,
    ...(type === null ? {} : { model_type: type }),
  };
  return (kind, key) => {
    if (kind === 'attributes') return attributes[key];
    const pairs = { params, tags, metrics: [] }[kind];
    return pairs.find((one) => one.key === key)?.value;
  };
}
