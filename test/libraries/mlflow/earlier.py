"""Runs of earlier: ``earlier.py make`` logs some, ``earlier.py read FILE`` writes what MLflow reads of them.

Where they are kept, MLFLOW_TRACKING_URI says.
"""

import json
import math
import sys

from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.tracking import MlflowClient

client = MlflowClient()

BEGAN = 1_700_000_000_000


def make():
    experiment = client.create_experiment("shapes of earlier")
    run_id = client.create_run(experiment, BEGAN, run_name="brave ü").info.run_id
    # As an asynchronous client may: not in order, a step twice, and more than a page of them.
    steps = [*range(50, 1000), *range(50), 7]
    metrics = [Metric("val_loss", 1 / (1 + step + i), BEGAN + i, step) for i, step in enumerate(steps)]
    client.log_batch(run_id, metrics[:1000])
    client.log_batch(run_id, metrics[1000:])
    worst = [math.nan, math.inf, -math.inf, -1e-300]
    client.log_batch(run_id, [Metric("worst", value, BEGAN + i, i) for i, value in enumerate(worst)])
    client.log_batch(
        run_id, [Metric("metrics/mAP50B", 0.75, BEGAN, 0), Metric("train/box_loss", 2.0, BEGAN, 0)]
    )
    client.log_batch(
        run_id, params=[Param("lr", "0.01"), Param("text", "two\nlines")], tags=[RunTag("kind", "a")]
    )
    client.set_terminated(run_id, "FINISHED", BEGAN + 60_000)
    for name, status in (("failed", "FAILED"), ("killed", "KILLED")):
        one = client.create_run(experiment, BEGAN, run_name=name, tags={"mlflow.parentRunId": run_id})
        client.log_metric(one.info.run_id, "acc", 0.5, BEGAN, 3)
        client.set_terminated(one.info.run_id, status, BEGAN + 1000)
    other = client.create_experiment("others of earlier")
    client.create_run(other, BEGAN, run_name="still running")
    deleted = client.create_run(other, BEGAN, run_name="deleted").info.run_id
    client.log_metric(deleted, "acc", 1.0)
    client.delete_run(deleted)


def read(file):
    found = []
    experiments = {one.experiment_id: one.name for one in client.search_experiments()}
    for run in client.search_runs(list(experiments), run_view_type=ViewType.ACTIVE_ONLY):
        info, data = run.info, run.data
        histories = {
            key: [
                [m.step, repr(float(m.value)), m.timestamp]
                for m in client.get_metric_history(info.run_id, key)
            ]
            for key in data.metrics
        }
        found.append(
            {
                "id": info.run_id,
                "name": info.run_name,
                "experiment": experiments[info.experiment_id],
                "status": info.status,
                "began": info.start_time,
                "ended": info.end_time,
                "params": data.params,
                "tags": data.tags,
                "metrics": histories,
            }
        )
    with open(file, "w", encoding="utf-8") as out:
        json.dump(found, out)


if sys.argv[1] == "make":
    make()
else:
    read(sys.argv[2])
