"""One story told to a tracking server through MLflow's own client; what the server answered, as JSON.

The same is told to MLflow's server and to Trainyard: ids and times are made alike, all else must be equal.
Called with the file to write, and a word that tells this story's experiments from those of another.
"""

import contextlib
import json
import math
import os
import re
import sys
import tempfile

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

client = MlflowClient()
said = []
WORD = sys.argv[2]
known = {WORD: "<word>"}


def alike(value):
    """Ids become the order in which they came, times are only there or not."""
    if isinstance(value, dict):
        return {key: alike(one) for key, one in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [alike(one) for one in value]
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        for real, called in known.items():
            # An experiment's id may be "1": only where it stands for one is it called by name.
            if len(real) > 5:
                value = re.sub(rf"(?<![\w-]){re.escape(real)}(?![\w-])", called, value)
    return value


def tell(what, value):
    said.append([what, alike(value)])


def name(real, called):
    known[real] = f"<{called}>"
    return real


def refused(what, call):
    """What isn't done, by the code alone: the words are each server's own."""
    try:
        tell(what, ["done", call() is not None])
    except MlflowException as error:
        tell(what, error.error_code)


def run_as_said(run):
    info = run.info
    return {
        "id": info.run_id,
        "name": info.run_name,
        "experiment": known.get(info.experiment_id, info.experiment_id),
        "status": info.status,
        "stage": info.lifecycle_stage,
        "ended": info.end_time is not None,
        "artifacts": info.artifact_uri.replace(f":/{info.experiment_id}/", ":/<experiment>/"),
        "user": info.user_id,
        "params": dict(run.data.params),
        "tags": {
            key: value
            for key, value in run.data.tags.items()
            if not key.startswith(("mlflow.source", "mlflow.user", "trainyard."))
        },
        "metrics": dict(run.data.metrics),
        "datasets": [
            [one.dataset.name, one.dataset.digest, sorted([tag.key, tag.value] for tag in one.tags)]
            for one in (run.inputs.dataset_inputs if run.inputs else [])
        ],
    }


def history(run_id, key):
    points = [[m.step, m.value, m.timestamp] for m in client.get_metric_history(run_id, key)]
    return sorted(points, key=repr)


def experiments():
    first = client.get_experiment("0")
    tell("the default experiment", [first.experiment_id, first.name, first.lifecycle_stage])
    tell("no such name", client.get_experiment_by_name("nothing") is None)
    refused("no such experiment", lambda: client.get_experiment("987654321"))
    made = name(client.create_experiment(f"shapes {WORD}", tags={"team": "vision"}), "experiment")
    refused("the same name again", lambda: client.create_experiment(f"shapes {WORD}"))
    client.set_experiment_tag(made, "stage", "first")
    one = client.get_experiment_by_name(f"shapes {WORD}")
    tell("an experiment", [known[one.experiment_id], one.name, one.lifecycle_stage, one.tags])
    other = name(client.create_experiment(f"other {WORD}"), "other")
    client.rename_experiment(other, f"another {WORD}")
    tell("renamed", client.get_experiment(other).name)
    inside = client.create_run(other, run_name="inside").info.run_id
    client.delete_experiment(other)
    tell("deleted", client.get_experiment(other).lifecycle_stage)
    tell("a run of what is deleted", client.get_run(inside).info.lifecycle_stage)
    mine = {"filter_string": f"name LIKE '%{WORD}'", "order_by": ["name ASC"]}
    tell("all that are there", sorted(e.name for e in client.search_experiments(**mine)))
    found = client.search_experiments(
        view_type=ViewType.ALL, filter_string=f"name ILIKE 'SHA%{WORD}'", order_by=["name ASC"]
    )
    tell("by name", [e.name for e in found])
    tagged = client.search_experiments(filter_string=f"tags.team = 'vision' AND name LIKE '%{WORD}'")
    tell("by tag", [e.name for e in tagged])
    client.restore_experiment(other)
    tell("restored", client.get_experiment(other).lifecycle_stage)
    tell("a run of what is restored", client.get_run(inside).info.lifecycle_stage)
    page = client.search_experiments(max_results=1, **mine)
    rest = client.search_experiments(max_results=1, page_token=page.token, **mine)
    tell("pages", [[e.name for e in page], [e.name for e in rest], bool(rest.token)])
    return made


def logging(experiment):
    run = client.create_run(experiment, start_time=1_700_000_000_000, run_name="first", tags={"kind": "a"})
    run_id = name(run.info.run_id, "first")
    tell("a new run", run_as_said(run))
    for step, value in enumerate([0.9, 0.7, 0.5]):
        client.log_metric(run_id, "val_loss", value, timestamp=1_700_000_000_000 + step, step=step)
    client.log_metric(run_id, "val/loss", 5.0, timestamp=1_700_000_000_000, step=0)
    client.log_metric(run_id, "broken", math.nan, timestamp=1_700_000_000_001, step=1)
    metrics = [Metric("train/box_loss", 1 / (i + 1), 1_700_000_000_000 + 10 * i, i) for i in range(1000)]
    client.log_batch(
        run_id,
        metrics=metrics,
        params=[Param("lr", "0.01"), Param("name with spaces", "x")],
        tags=[RunTag("colour", "red"), RunTag("mlflow.note.content", "a note")],
    )
    client.log_param(run_id, "epochs", 12)
    client.log_param(run_id, "epochs", 12)
    refused("a param that changes", lambda: client.log_param(run_id, "epochs", 13))
    refused("a name that leads elsewhere", lambda: client.log_metric(run_id, "../x", 1.0))
    client.set_tag(run_id, "colour", "blue")
    client.set_tag(run_id, "passing", "1")
    client.delete_tag(run_id, "passing")
    refused("a tag that isn't there", lambda: client.delete_tag(run_id, "passing"))
    tell("what was logged", run_as_said(client.get_run(run_id)))
    tell("a history", history(run_id, "val_loss"))
    tell("the history of a name like another", history(run_id, "val/loss"))
    tell("a history with no number", history(run_id, "broken"))
    tell("a long history", history(run_id, "train/box_loss"))
    refused("the history of nothing", lambda: client.get_metric_history("no-run", "x"))
    tell("a history of no points", client.get_metric_history(run_id, "nothing"))
    client.log_batch(run_id, metrics=metrics)
    tell("the same batch again changes nothing", len(history(run_id, "train/box_loss")))
    refused("a run that isn't there", lambda: client.get_run("0123456789abcdef0123456789abcdef"))
    client.update_run(run_id, name="renamed")
    tell("renamed", client.get_run(run_id).info.run_name)
    client.set_terminated(run_id, "FINISHED", 1_700_000_100_000)
    ended = client.get_run(run_id)
    tell("ended", run_as_said(ended))
    tell("when", [ended.info.start_time, ended.info.end_time])
    client.update_run(run_id, status="RUNNING")
    tell("taken up again", run_as_said(client.get_run(run_id))["status"])
    client.set_terminated(run_id, "FAILED", 1_700_000_200_000)
    tell("failed after all", run_as_said(client.get_run(run_id))["status"])
    client.delete_run(run_id)
    tell("deleted", run_as_said(client.get_run(run_id))["stage"])
    refused("logging to what is deleted", lambda: client.log_metric(run_id, "x", 1.0))
    client.restore_run(run_id)
    tell("restored", run_as_said(client.get_run(run_id))["stage"])
    return run_id


def searching(experiment, first):
    for i in range(5):
        run = client.create_run(
            experiment, start_time=1_700_000_001_000 + i, run_name=f"run {i}", tags={"n": str(i)}
        )
        name(run.info.run_id, f"run {i}")
        client.log_param(run.info.run_id, "batch", str(2**i))
        client.log_metric(run.info.run_id, "score", i / 10)
        client.set_terminated(run.info.run_id, "FINISHED" if i % 2 else "KILLED")

    def search(filter_string="", **rest):
        found = client.search_runs([experiment], filter_string, **rest)
        return [run.info.run_id for run in found]

    for asked in (
        "",
        "metrics.score > 0.15",
        "metrics.score >= 0.1 and metrics.score < 0.3",
        "params.batch = '4'",
        "params.batch != '4'",
        "params.`batch` LIKE '1%'",
        "params.\"batch\" ILIKE '%6'",
        "tags.n = '3'",
        "tags.kind = 'a'",
        "attributes.status = 'FINISHED'",
        "status != 'FINISHED'",
        "run_name LIKE 'run%'",
        "attributes.run_name = 'run 2'",
        "attributes.start_time > 1700000001002",
    ):
        tell(f"runs where {asked or 'all'}", search(asked))
    for order in (
        ["metrics.score DESC"],
        ["metrics.score ASC"],
        ["params.batch DESC"],
        ["attributes.start_time ASC"],
        ["tags.n", "start_time DESC"],
    ):
        tell(f"runs by {order}", search(order_by=order))
    pages = []
    token = None
    while True:
        page = client.search_runs([experiment], max_results=4, page_token=token)
        pages.append([run.info.run_id for run in page])
        token = page.token
        if not token:
            break
    tell("pages", pages)
    for asked in ("metrics.score ~ 3", "params.batch > '3'", "colour = 'red'", "metrics.score = 'a'"):
        refused(f"a filter that means nothing: {asked}", lambda asked=asked: search(asked))
    client.delete_run(first)
    tell("deleted ones are left out", first in search())
    tell("deleted ones alone", search(run_view_type=ViewType.DELETED_ONLY))
    client.restore_run(first)
    tell("experiment without runs", [r.info.run_id for r in client.search_runs(["0"])])


def fluent():
    """As most programs log: the module's own functions, nested runs, a run that is resumed."""
    mlflow.set_experiment(f"fluent {WORD}")
    name(client.get_experiment_by_name(f"fluent {WORD}").experiment_id, "fluent")
    with mlflow.start_run(run_name="parent") as parent:
        name(parent.info.run_id, "parent")
        mlflow.log_params({"depth": 3, "kind": "tree"})
        mlflow.log_metrics({"acc": 0.5, "f1": 0.25}, step=1)
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": [1, 2]}, "data.json")
        with mlflow.start_run(run_name="child", nested=True) as child:
            name(child.info.run_id, "child")
            mlflow.log_metric("acc", 0.75)
    tell("a parent", run_as_said(client.get_run(parent.info.run_id)))
    tell("a child", run_as_said(client.get_run(child.info.run_id)))
    with mlflow.start_run(run_id=parent.info.run_id):
        mlflow.log_metric("acc", 0.625, step=2)
        mlflow.set_tag("resumed", "yes")
    tell("a parent that went on", run_as_said(client.get_run(parent.info.run_id)))
    with contextlib.suppress(ValueError), mlflow.start_run(run_name="broken") as broken:
        name(broken.info.run_id, "broken")
        raise ValueError("as it happens")
    tell("one that raised", run_as_said(client.get_run(broken.info.run_id)))
    return parent.info.run_id


def artifacts(run_id):
    def listed(path=None):
        return [[f.path, f.is_dir, f.file_size] for f in client.list_artifacts(run_id, path)]

    tell("artifacts", listed())
    tell("artifacts in a folder", listed("notes"))
    tell("artifacts of a file", listed("data.json"))
    tell("artifacts of nothing", listed("nothing"))
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "deep", "er"))
        with open(os.path.join(folder, "deep", "er", "ümlaut 1.bin"), "wb") as file:
            file.write(bytes(range(256)) * 4096)
        client.log_artifacts(run_id, folder, "all")
        tell("a tree", [listed("all"), listed("all/deep"), listed("all/deep/er")])
        got = client.download_artifacts(run_id, "all/deep/er/ümlaut 1.bin", folder)
        with open(got, "rb") as file:
            tell("the same bytes come back", file.read() == bytes(range(256)) * 4096)
    tell("text", mlflow.artifacts.load_text(f"runs:/{run_id}/notes/hello.txt"))
    refused("no such artifact", lambda: client.download_artifacts(run_id, "nope.txt"))


def datasets(experiment):
    data = Dataset("shapes", "0badc0de", "http", '{"url": "http://example.com/shapes.zip"}')
    run_id = name(client.create_run(experiment, run_name="with data").info.run_id, "with data")
    client.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    tell("a run's dataset", run_as_said(client.get_run(run_id))["datasets"])


experiment = experiments()
first = logging(experiment)
searching(experiment, first)
parent = fluent()
artifacts(parent)
datasets(experiment)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(said, file, indent=1, ensure_ascii=False)
