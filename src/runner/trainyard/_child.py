"""The training itself: the supervisor's child, up to and including the call of the train function."""

import errno
import io
import os
import sys

from trainyard import _files
from trainyard._quick import ignoring, signal


def begin(spec, words, memory, python):
    """Becomes the command, or calls the train function by this interpreter."""
    _print_by_line()
    if python != sys.executable or _in_environment():
        programs = os.path.dirname(python)
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
        os.environ["VIRTUAL_ENV"] = os.path.dirname(programs)
    if not memory.enter():
        words.unlimited()
    if spec["command"] is not None:
        return _execute(spec, words)
    if python != sys.executable:
        pipe = str(words.inherit())
        os.execv(python, [python, sys.argv[0], "--child", words.folder, pipe])
    return _train(spec, words)


def main(folder, pipe):
    """The same, begun anew by the interpreter of the environment that was made."""
    _print_by_line()
    return _train(_files.read(folder, "start.json"), _files.Words(folder, pipe))


def _in_environment():
    """Whether this interpreter has programs beside it: a virtual environment, or one of conda's."""
    return sys.prefix != sys.base_prefix or os.path.isdir(os.path.join(sys.prefix, "conda-meta"))


def _execute(spec, words):
    """Becomes the command; no shell reads any of it."""
    os.chdir(spec["project"])
    # Python ignores these, and what it becomes would inherit that.
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    words.executing()
    try:
        os.execvp(spec["command"][0], spec["command"])
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        message = f"The command {spec['command'][0]!r} can't be run: {why}."
        hint = "Name a program of the PATH, or one by its path from the project's folder."
        words.start_failure("StartFailed", message, hint)
    return 1


def _train(spec, words):
    from trainyard import _context

    context = _context.of_training(words.folder, spec)
    os.chdir(spec["project"])
    file, _, name = spec["train"].rpartition(":")
    path = os.path.join(spec["project"], file)
    # Nothing here is for the training to parse.
    sys.argv = [path]
    _files.phase(words.folder, f"importing {file}")
    try:
        train = _import(path, name, spec["project"])
    except BaseException as error:
        _print_exception()
        where = _place(error, spec["project"])
        place = f" ({where[0]}:{where[1]})" if where[0] else ""
        message = f"{file} can't be imported: {_words(error)}{place}."
        hint = "Correct it, then try again."
        if isinstance(error, ModuleNotFoundError):
            hint = (
                f"Install {error.name} into {sys.executable}, name another interpreter, "
                'or name a "requirements" file in trainyard.json.'
            )
        words.start_failure("StartFailed", message, hint)
        return 1
    # Only now: before there is a train function, nothing is worth waiting for.
    listen_for_stop(words.folder, context)
    words.say("ready.json", _files.ready())
    try:
        try:
            _call(train, context)
        finally:
            if context.should_stop:
                # It has heard of the stop by now; the signal for it may come while Python ends, which would
                # cut off what is left to be done.
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except SystemExit as exit:
        if exit.code is None or exit.code == 0:
            words.say("outcome.json", {"kind": "returned"})
        elif isinstance(exit.code, str):
            words.say("outcome.json", _raised(exit, spec["project"]))
        raise
    except KeyboardInterrupt:
        # A signal's, which nobody of ours sent: Python ends by it, and the supervisor tells of that.
        raise
    except BaseException as error:
        _print_exception()
        words.say("outcome.json", _raised(error, spec["project"]))
        return 1
    words.say("outcome.json", {"kind": "returned"})
    return 0


def _raised(error, project):
    file, line = _place(error, project)
    return {
        "kind": "raised",
        "type": type(error).__name__,
        "message": _text(error),
        "file": file,
        "line": line,
    }


def _print_by_line():
    """Has each line reach the log at once and whole, whatever the locale; unbuffered, it takes two writes.

    What the disk has no room for is lost, and the training goes on: its log isn't what it is for.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not hasattr(stream, "reconfigure"):
            continue
        raw = _Log(stream.fileno(), "w", closefd=False)
        raw.name = stream.name
        log = io.BufferedWriter(raw)
        lines = io.TextIOWrapper(log, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        setattr(sys, name, lines)
        setattr(sys, f"__{name}__", lines)


class _Log(io.FileIO):
    lost = 0

    def write(self, data):
        try:
            if self.lost:
                # It may come to be told twice, where the disk fills up in between.
                super().write(f"Trainyard: {self.lost} bytes are missing here, the disk was full.\n".encode())
                self.lost = 0
            return super().write(data)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            self.lost += len(data)
            return len(data)


def listen_for_stop(folder, context):
    """Has SIGTERM ask the training to stop where the user did; any other ends it, as it ends any program."""

    def told(number, _):
        if _files.exists(folder, "stop.json"):
            context.ask_to_stop()
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    def forked():
        # Worker processes are ended by SIGTERM, by multiprocessing and others: theirs keeps its meaning.
        if signal.getsignal(signal.SIGTERM) is told:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, told)
    os.register_at_fork(after_in_child=forked)


def _import(path, name, project):
    """The train function of a file, which can import its neighbours and the project's own packages."""
    folder, base = os.path.split(path)
    for place in (project, folder):
        if place in sys.path:
            sys.path.remove(place)
        sys.path.insert(0, place)
    module = _run(os.path.splitext(base)[0], path)
    owner, _, method = name.rpartition(".")
    if not owner:
        return getattr(module, name)
    from inspect import getattr_static, isclass

    holder = getattr(module, owner)
    found = getattr_static(holder, method, None)
    bound = isinstance(found, (staticmethod, classmethod)) or not isclass(holder)
    return getattr(holder if bound else holder(), method)


def _run(name, path):
    """The module that a file makes."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, path)
    if spec is None:
        raise ImportError(f"{os.path.basename(path)} is no Python file")
    module = module_from_spec(spec)
    # Known by its name, so that what it defines can be pickled for its worker processes.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _call(train, context):
    """Hands over what the function takes: the context first, the configuration's values by their names."""
    result = train(*_positional(train, context), **_named(train, context))
    kind = type(result).__name__
    if kind == "coroutine":
        import asyncio

        asyncio.run(result)
    elif kind in ("generator", "async_generator"):
        # Nothing of it has run: to call that a success would be a lie.
        name = getattr(train, "__name__", "train")
        raise TypeError(f"{name} yields: a train function does its work and returns")


#: What `inspect.Parameter.kind` is, by number.
POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)


def _parameters(train):
    """Its parameters, as (name, kind). Where they can't be told, as of some in C: the context alone."""
    if type(train) is type(_parameters) and not train.__dict__:
        return _of_code(train.__code__)
    # Methods, partials, decorated ones: dear to import, and rarer.
    from inspect import signature

    try:
        return [(one.name, int(one.kind)) for one in signature(train).parameters.values()]
    except (TypeError, ValueError):
        return [("context", POSITIONAL_ONLY)]


def _of_code(code):
    names = list(code.co_varnames)
    positional, only = code.co_argcount, code.co_kwonlyargcount
    kinds = [
        POSITIONAL_ONLY if n < code.co_posonlyargcount else POSITIONAL_OR_KEYWORD for n in range(positional)
    ]
    kinds += [KEYWORD_ONLY] * only
    takes_more, takes_all = bool(code.co_flags & 0x04), bool(code.co_flags & 0x08)
    kinds += [VAR_POSITIONAL] * takes_more + [VAR_KEYWORD] * takes_all
    return list(zip(names, kinds))


def _first(train):
    kinds = (POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL)
    return next((one for one in _parameters(train) if one[1] in kinds), None)


def _positional(train, context):
    return () if _first(train) is None else (context,)


def _named(train, context):
    parameters, first = _parameters(train), _first(train)
    by_name = {name for name, kind in parameters if kind in (POSITIONAL_OR_KEYWORD, KEYWORD_ONLY)}
    takes_all = any(kind == VAR_KEYWORD for _, kind in parameters)
    # What the context stands in can't be given by its name as well.
    taken = first[0] if first is not None and first[1] == POSITIONAL_OR_KEYWORD else None
    wanted = ((key, value) for key, value in context.config.items() if takes_all or key in by_name)
    return {key: value for key, value in wanted if key != taken}


def _print_exception():
    """As Python prints it, where it can be printed."""
    import traceback

    try:
        traceback.print_exc()
    except Exception:
        # It may have closed its standard error.
        with ignoring(Exception):
            print("Trainyard: an exception was raised whose text can't be made", file=sys.stderr)


def _text(error):
    try:
        return str(error)[:2000]
    except Exception:
        return ""


def _words(error):
    text = _text(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(error, project):
    """File and line in the user's code where it happened: the innermost place inside the project."""
    import traceback

    if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
        return _from_project(error.filename, project), error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    ours = os.path.dirname(os.path.abspath(__file__))
    theirs = [frame for frame in frames if not frame.filename.startswith((ours, "<frozen"))]
    # An environment may lie inside the project, and is not its author's.
    inside = [frame for frame in theirs if _is_inside(frame.filename, project)]
    for frame in (inside or theirs)[-1:]:
        return _from_project(frame.filename, project), frame.lineno
    return None, None


def _is_inside(file, project):
    path = os.path.abspath(file)
    installed = path.startswith(sys.prefix + os.sep) and sys.prefix.startswith(project + os.sep)
    return path.startswith(project + os.sep) and not installed and "site-packages" not in path


def _from_project(path, project):
    return os.path.relpath(path, project) if path.startswith(project + os.sep) else path
