/** Experiments: names that runs are gathered under. */
import type { Backend } from '../backend.ts';
import { MlflowError, noSuchExperiment } from './errors.ts';
import type { Experiment } from './records.ts';
import type { Caller } from './runs.ts';
import { placeIn, tokenOf } from './runSearch.ts';
import { filterOf, inOrder, orderOf, type Lookup, type Order } from './search.ts';
import * as shapes from './shapes.ts';
import { call, type Call } from './table.ts';

export function experimentCalls({
  db,
  events,
  mlflow: records,
}: Pick<Backend, 'db' | 'events' | 'mlflow'>): Call[] {
  const byId = (id: string): Experiment => {
    const found = /^\d{1,15}$/.test(id) ? records.experiment(Number(id)) : null;
    if (found === null) throw noSuchExperiment(id);
    return found;
  };
  /** What all runs share is not for one training to change. */
  const own = (caller: Caller): void => {
    if (caller.kind !== 'home')
      throw new MlflowError('PERMISSION_DENIED', 'A training may not rename or delete experiments.');
  };
  const change = (id: string, changed: Partial<Experiment>): object => {
    records.updateExperiment({ ...byId(id), ...changed }, Date.now());
    return {};
  };
  /** Its runs go and come back with it. */
  const setDeleted = (id: string, deleted: boolean): object =>
    db.transaction(() => {
      for (const execution of records.setDeletedIn(byId(id).id, deleted)) events.append('run', execution);
      return change(id, { deleted });
    });
  const refuseTaken = (name: string): void => {
    const taken = records.experimentNamed(name);
    if (taken === null) return;
    const deleted = taken.deleted ? ' in deleted state' : '';
    throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Experiment '${name}' already exists${deleted}.`);
  };
  return [
    call('GET', '/experiments/get', shapes.ExperimentId, ({ experiment_id: id }) => ({
      experiment: tell(byId(id)),
    })),
    call('GET', '/experiments/get-by-name', shapes.ExperimentName, ({ experiment_name: name }) => {
      const found = records.experimentNamed(name);
      if (found === null)
        throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Could not find experiment with name '${name}'`);
      return { experiment: tell(found) };
    }),
    call('POST', '/experiments/create', shapes.NewExperiment, ({ name, tags }) => {
      refuseTaken(name);
      return { experiment_id: String(records.addExperiment(name, tags, Date.now())) };
    }),
    call('POST', '/experiments/search', shapes.ExperimentSearch, (asked) => {
      const { test } = filterOf(asked.filter);
      const orders: Order[] = [
        ...asked.order_by.map(orderOf),
        { kind: 'attributes', key: 'creation_time', descending: true },
        { kind: 'attributes', key: 'experiment_id', descending: false },
      ];
      const shown = records
        .experiments()
        .filter(
          ({ deleted }) => asked.view_type === 'ALL' || deleted === (asked.view_type === 'DELETED_ONLY'),
        )
        .filter((one) => test(lookup(one)));
      const fitting = inOrder(shown, orders, lookup);
      const start = placeIn(asked.page_token);
      const page = fitting.slice(start, start + asked.max_results);
      const end = start + page.length;
      return {
        experiments: page.map(tell),
        ...(end < fitting.length ? { next_page_token: tokenOf(end) } : {}),
      };
    }),
    call(
      'POST',
      '/experiments/set-experiment-tag',
      shapes.ExperimentTag,
      ({ experiment_id: id, key, value }) => {
        records.setExperimentTag(byId(id).id, { key, value });
        return {};
      },
    ),
    call(
      'POST',
      '/experiments/delete-experiment-tag',
      shapes.ExperimentTagKey,
      ({ experiment_id: id, key }) => {
        records.dropExperimentTag(byId(id).id, key);
        return {};
      },
    ),
    call(
      'POST',
      '/experiments/update',
      shapes.RenamedExperiment,
      ({ experiment_id: id, new_name: name }, caller) => {
        own(caller);
        refuseTaken(name);
        return change(id, { name });
      },
    ),
    call('POST', '/experiments/delete', shapes.ExperimentId, ({ experiment_id: id }, caller) => {
      own(caller);
      return setDeleted(id, true);
    }),
    call('POST', '/experiments/restore', shapes.ExperimentId, ({ experiment_id: id }, caller) => {
      own(caller);
      return setDeleted(id, false);
    }),
  ];
}

const tell = ({ id, name, created, updated, deleted, tags }: Experiment): object => ({
  experiment_id: String(id),
  name,
  artifact_location: `mlflow-artifacts:/${id}`,
  lifecycle_stage: deleted ? 'deleted' : 'active',
  creation_time: created,
  last_update_time: updated,
  tags,
});

function lookup({ id, name, created, updated, tags }: Experiment): Lookup {
  const attributes: Record<string, string | number> = {
    name,
    experiment_id: String(id),
    creation_time: created,
    last_update_time: updated,
  };
  return (kind, key) =>
    kind === 'attributes'
      ? attributes[key]
      : kind === 'tags'
        ? tags.find((tag) => tag.key === key)?.value
        : undefined;
}
