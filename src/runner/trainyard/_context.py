"""What a train function is given, and what ``import trainyard`` gives elsewhere."""

import os
import sys
import time

from trainyard import _alone, _files, _quick

#: At most so many values stand in one line of the spool.
LINE_VALUES = 1000

_quoted = {}


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
        self._checkpoint_dir = spec.get("checkpointDir")
        self._stop_file = None if folder is None else os.path.join(folder, "stop.json")
        self._reporter = reporter
        self._printer = _alone.Printer()
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
        try:
            values = []
            for figure, value in {**(figures or {}), **more}.items():
                legends = value.items() if isinstance(value, dict) else (("", value),)
                for legend, y in legends:
                    try:
                        values.append((_name(figure), _name(legend), float(y)))
                    except Exception:
                        self._warn(f"{figure} {legend}".strip(), f"{_shown(y)} is no number")
            if values:
                self._write_values(_number(epoch), _number(step), values)
        except Exception as error:
            # A training doesn't die of what it logs.
            self._warn("what was logged", f"{type(error).__name__}: {_shown(error)}")

    def _write_values(self, epoch, step, values):
        if self._reporter is None:
            self._printer.print(epoch, step, values)
            return
        listed = []
        for figure, legend, y in values:
            if figure:
                listed.append(f"[{_quote(figure)},{_quote(legend)},{_json(y)}]")
            else:
                self._warn("a figure without a name", "nobody could find it")
        e = "" if epoch is None else f'"e":{epoch!r},'
        s = "" if step is None else f'"s":{step!r},'
        # A line is never parted, and a batch has a limit.
        for n in range(0, len(listed), LINE_VALUES):
            part = ",".join(listed[n : n + LINE_VALUES])
            self._reporter.write(f'{{"t":{_now()},{e}{s}"f":[{part}]}}')

    def progress(self, done, total, unit="epoch"):
        """Tells how far it is: ``done`` of ``total``."""
        done, total = _number(done), _number(total)
        if done is None or total is None or done < 0 or total < 0:
            self._warn("progress", f"{_shown(done)} of {_shown(total)} is none")
        elif self._reporter is not None:
            self._reporter.write(_quick.text_of({"t": _now(), "p": [done, total, _name(unit)[:20]]}))

    def checkpoint(self, path):
        """Makes a checkpoint known that is written whole: a later attempt gets it as ``resume_from``.

        A file is copied first, so that the next one may overwrite it: what is handed over is the last whole
        one even where this process dies in the middle of that. Copying takes about as long as writing did
        (100 MB: about 0.1 s; 1 GB: a few seconds), next to nothing where the file system shares blocks. The
        last two copies are kept on the disk.
        A folder, a file of more than 2 GB and one for which the disk has no room to spare aren't copied. They
        are handed over if nothing in them has changed since: write each of those under a name of its own.
        """
        self._file("checkpoint", path, copied=True)

    def artifact(self, path):
        """Makes a file known that people will want to see: a picture, a table."""
        self._file("artifact", path)

    def note_checkpoint(self, path):
        """Makes a checkpoint known that nobody goes on from while there is a better one: it isn't copied."""
        self._file("checkpoint", path)

    def _file(self, kind, path, copied=False):
        if self._reporter is None:
            return
        try:
            path = os.path.abspath(os.fsdecode(path))
            if not os.path.exists(path):
                self._warn(path, f"there is no such {kind}")
                return
            if not copied:
                self._write_file(kind, path, {})
                return
            # Only now: few trainings of many make one in their first moments.
            from trainyard import _checkpoints

            _checkpoints.report(path, self._checkpoint_dir, lambda told: self._write_file(kind, path, told))
        except Exception as error:
            self._warn(f"{kind} {_shown(path)}", f"{type(error).__name__}: {_shown(error)}")

    def _write_file(self, kind, path, told):
        return self._reporter.write(_quick.text_of({"t": _now(), "k": kind, "path": path, **told}))

    def _warn(self, what, why):
        if what not in self._warned and len(self._warned) < 100:
            self._warned.add(what)
            with _quick.ignoring(Exception):
                print(f"Trainyard: {what} is left out: {why}", file=sys.stderr, flush=True)


class _Later:
    """The reporter, once there is something to report: what it needs takes a while to import."""

    def __init__(self, *of):
        self._of = of
        self._reporter = None

    def write(self, line):
        if self._reporter is None:
            from trainyard import _reporter

            self._reporter = _reporter.Reporter(*self._of)
        return self._reporter.write(line)


def of_training(folder, spec):
    """The context of a training that runs here; `import trainyard` in its code is the same one."""
    global _current
    home = os.environ["TRAINYARD_HOME"]
    reporter = _Later(spec["executionId"], spec["attempt"], spec["token"], home, spec["spoolDir"])
    _current = Context(spec, folder, reporter)
    return _current


def alone(spec):
    """The context of a train function that no Trainyard runs: it prints. `import trainyard` is the same."""
    global _current
    _current = Context(spec, None, None)
    return _current


def current():
    """The context of this process: its training's, or one that prints, where no Trainyard runs it."""
    if _current is None:
        folder = os.environ.get("TRAINYARD_START_FOLDER")
        try:
            spec = None if folder is None else _files.read(folder, "start.json")
        except (OSError, ValueError):
            # Another user's process, or a folder that was taken over: it prints, as anywhere else.
            spec = None
        if spec is None or "TRAINYARD_HOME" not in os.environ:
            return _nobodys
        of_training(folder, spec)
    return _current


_current = None


def _now():
    return time.time_ns() // 1_000_000


def _name(value):
    return value if type(value) is str else str(value)


def _shown(value):
    """A value in a few words, whatever it is."""
    try:
        text = str(value) if isinstance(value, Exception) else repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:80]}..."


def _number(value):
    """A number, or None where it isn't a finite one; whole ones stay whole in print."""
    if value is None:
        return None
    try:
        number = float(value)
    except Exception:
        return None
    if number - number != 0:
        return None
    return int(number) if number.is_integer() else number


def _json(y):
    if y - y == 0:
        return repr(y)
    if y != y:
        return '"NaN"'
    return '"Infinity"' if y > 0 else '"-Infinity"'


def _quote(text):
    quoted = _quoted.get(text)
    if quoted is None:
        quoted = _quick.quote(_short(text))
        if len(_quoted) < 10_000:
            _quoted[text] = quoted
    return quoted


def _short(text):
    """At most 200 of the units that the backend counts, of which some characters are two."""
    if len(text) <= 100:
        return text
    return text.encode("utf-16-le", "surrogatepass")[:400].decode("utf-16-le", "ignore")


_nobodys = Context({}, None, None)
