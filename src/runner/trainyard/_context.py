"""What a train function is given, and what ``import trainyard`` gives elsewhere."""

import json
import os
import sys
import time

from trainyard import _files, _reporter

_quoted = {}
_INFINITY = float("inf")


class Context:
    """One attempt of one training, as its train function sees it.

    config: dict of the model's configuration. dataset: str or None. output_dir: where its files are kept.
    model: dict with id, name and version. execution_id: str. attempt: int, from 1.
    resume_from: path of the last checkpoint of an earlier attempt, or None.
    """

    def __init__(self, spec, folder, reporter):
        self.config = spec.get("config", {})
        self.dataset = spec.get("dataset")
        self.output_dir = spec.get("outputDir", os.getcwd())
        self.model = spec.get("model", {"id": None, "name": None, "version": None})
        self.execution_id = spec.get("executionId")
        self.attempt = spec.get("attempt", 1)
        self.resume_from = spec.get("resumeFrom")
        self._stop_file = None if folder is None else os.path.join(folder, "stop.json")
        self._reporter = reporter
        self._stop = False
        self._warned = set()

    @property
    def should_stop(self):
        """True once the user asked to abort: save what is worth saving and return."""
        return self._stop or (self._stop_file is not None and os.path.exists(self._stop_file))

    def ask_to_stop(self):
        self._stop = True

    def log(self, epoch=None, step=None, figures=None, **more):
        """Records values: a number each, or a dict of a number for each legend (such as train and val)."""
        values = []
        for figure, value in {**(figures or {}), **more}.items():
            legends = value.items() if isinstance(value, dict) else (("", value),)
            for legend, y in legends:
                try:
                    values.append((str(figure), str(legend), float(y)))
                except (TypeError, ValueError):
                    self._warn(f"{figure} {legend}".strip(), f"{y!r} is no number")
        if values:
            self._write_values(_number(epoch), _number(step), values)

    def _write_values(self, epoch, step, values):
        if self._reporter is None:
            where = " ".join(f"{name} {n:g}" for name, n in (("epoch", epoch), ("step", step)) if n is not None)
            print(where, *(f"{figure}{f'/{legend}' if legend else ''} {y:.6g}" for figure, legend, y in values), flush=True)
            return
        listed = ",".join(f"[{_quote(figure)},{_quote(legend)},{_json(y)}]" for figure, legend, y in values)
        e = "" if epoch is None else f'"e":{_json(epoch)},'
        s = "" if step is None else f'"s":{_json(step)},'
        self._reporter.write(f'{{"t":{time.time_ns() // 1_000_000},{e}{s}"f":[{listed}]}}')

    def progress(self, done, total, unit="epoch"):
        """Tells how far it is: ``done`` of ``total``."""
        done, total = _number(done), _number(total)
        if self._reporter is None or done is None or total is None:
            return
        self._reporter.write(json.dumps({"t": time.time_ns() // 1_000_000, "p": [done, total, str(unit)[:40]]}))

    def checkpoint(self, path):
        """Makes a checkpoint known that is written whole: a later attempt gets it as ``resume_from``."""
        self._file("checkpoint", path)

    def artifact(self, path):
        """Makes a file known that people will want to see: a picture, a table."""
        self._file("artifact", path)

    def _file(self, kind, path):
        if self._reporter is None:
            return
        path = os.path.abspath(os.fspath(path))
        if not os.path.exists(path):
            self._warn(path, f"there is no such {kind}")
            return
        self._reporter.write(json.dumps({"t": time.time_ns() // 1_000_000, "k": kind, "path": path}))

    def _warn(self, what, why):
        if what not in self._warned and len(self._warned) < 100:
            self._warned.add(what)
            print(f"Trainyard: {what} is left out: {why}", file=sys.stderr, flush=True)


def of_training(folder, spec):
    """The context of a training that runs here; `import trainyard` in its code is the same one."""
    global _current
    reporter = _reporter.Reporter(
        spec["executionId"], spec["attempt"], spec["token"], os.environ["TRAINYARD_HOME"], spec["spoolDir"]
    )
    _current = Context(spec, folder, reporter)
    return _current


def current():
    """The context of this process: its training's, or one that prints, where no Trainyard runs it."""
    global _current
    if _current is None:
        folder = os.environ.get("TRAINYARD_START_FOLDER")
        spec = None if folder is None else _files.read(folder, "start.json")
        if spec is None:
            _current = Context({}, None, None)
        else:
            of_training(folder, spec)
    return _current


_current = None


def _number(value):
    """A float, or None where it isn't a finite number; whole ones stay whole in print."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if number != number or number in (_INFINITY, -_INFINITY):
        return None
    return int(number) if number.is_integer() else number


def _json(y):
    if y != y:
        return '"NaN"'
    if y == _INFINITY:
        return '"Infinity"'
    if y == -_INFINITY:
        return '"-Infinity"'
    return repr(y)


def _quote(text):
    quoted = _quoted.get(text)
    if quoted is None:
        quoted = json.dumps(text[:200])
        if len(_quoted) < 10_000:
            _quoted[text] = quoted
    return quoted
