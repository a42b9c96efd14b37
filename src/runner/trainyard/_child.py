"""The training itself: the supervisor's child, up to and including the call of the train function."""

import importlib.util
import inspect
import os
import signal
import sys
import traceback

from trainyard import _files


def begin(folder, spec, executing):
    """Makes the environment where one is asked for, then becomes the command or calls the train function.

    ``executing`` is a pipe: a byte on it says that the command comes next, and the operating system closes it
    when another program takes this one's place.
    """
    os.set_inheritable(executing, False)
    python = sys.executable
    if spec["requirements"] is not None:
        # Only now: what makes environments takes a while to import.
        from trainyard import _environment

        try:
            python = _environment.prepare(folder, spec["requirements"], spec["environments"])
        except _environment.EnvironmentFailed as error:
            _files.start_failure(folder, "EnvironmentFailed", error.message, error.hint)
            return 1
        programs = os.path.dirname(python)
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
        os.environ["VIRTUAL_ENV"] = os.path.dirname(programs)
    if spec["command"] is not None:
        return _execute(folder, spec, executing)
    if python != sys.executable:
        os.execv(python, [python, "-u", sys.argv[0], "--child", folder])
    os.close(executing)
    return _train(folder, spec)


def main(folder):
    """The same, begun anew by the interpreter of the environment that was made."""
    return _train(folder, _files.read(folder, "start.json"))


def _execute(folder, spec, executing):
    """Becomes the command; no shell reads any of it."""
    os.chdir(spec["project"])
    # Python ignores these, and what it becomes would inherit that.
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    os.write(executing, b"!")
    try:
        os.execvp(spec["command"][0], spec["command"])
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        message = f"The command {spec['command'][0]!r} can't be run: {why}."
        hint = "Name a program of the PATH, or one by its path from the project's folder."
        _files.start_failure(folder, "StartFailed", message, hint)
    return 1


def _train(folder, spec):
    from trainyard import _context

    context = _context.of_training(folder, spec)
    os.chdir(spec["project"])
    file, _, name = spec["train"].rpartition(":")
    _files.phase(folder, f"importing {file}")
    try:
        train = _import(os.path.join(spec["project"], file), name, spec["project"])
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
        _files.start_failure(folder, "StartFailed", message, hint)
        return 1
    # Only now: before there is a train function, nothing is worth waiting for.
    _listen_for_stop(folder, context)
    _files.write(folder, "ready.json", {"readyAt": _files.now()})
    try:
        _call(train, context)
    except SystemExit as exit:
        if exit.code is None or exit.code == 0:
            _files.write(folder, "outcome.json", {"kind": "returned"})
        raise
    except KeyboardInterrupt:
        # A signal's, which nobody of ours sent: Python ends by it, and the supervisor tells of that.
        raise
    except BaseException as error:
        _print_exception()
        file, line = _place(error, spec["project"])
        outcome = {"kind": "raised", "type": type(error).__name__, "message": _text(error)}
        _files.write(folder, "outcome.json", {**outcome, "file": file, "line": line})
        return 1
    _files.write(folder, "outcome.json", {"kind": "returned"})
    return 0


def _listen_for_stop(folder, context):
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
    module_name = os.path.splitext(base)[0]
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None:
        raise ImportError(f"{base} is no Python file")
    module = importlib.util.module_from_spec(spec)
    # Known by its name, so that what it defines can be pickled for its worker processes.
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    owner, _, method = name.rpartition(".")
    if not owner:
        return getattr(module, name)
    holder = getattr(module, owner)
    found = inspect.getattr_static(holder, method)
    bound = isinstance(found, (staticmethod, classmethod)) or not inspect.isclass(holder)
    return getattr(holder if bound else holder(), method)


def _call(train, context):
    """Hands over what the function takes: the context first, the configuration's values by their names."""
    result = train(*_positional(train, context), **_named(train, context))
    if inspect.iscoroutine(result):
        import asyncio

        asyncio.run(result)
    elif inspect.isgenerator(result):
        # Nothing of it has run: to call that a success would be a lie.
        name = getattr(train, "__name__", "train")
        raise TypeError(f"{name} yields: a train function does its work and returns")


def _parameters(train):
    """Of a function whose parameters can't be told, as of some that are written in C: the context alone."""
    try:
        return list(inspect.signature(train).parameters.values())
    except (TypeError, ValueError):
        return [inspect.Parameter("context", inspect.Parameter.POSITIONAL_ONLY)]


def _first(train):
    kinds = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    return next((p for p in _parameters(train) if p.kind in kinds), None)


def _positional(train, context):
    return () if _first(train) is None else (context,)


def _named(train, context):
    parameters, first = _parameters(train), _first(train)
    by_name = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    takes_all = any(p.kind == p.VAR_KEYWORD for p in parameters)
    # What the context stands in can't be given by its name as well.
    taken = first.name if first is not None and first.kind == first.POSITIONAL_OR_KEYWORD else None
    wanted = ((key, value) for key, value in context.config.items() if takes_all or key in by_name)
    return {key: value for key, value in wanted if key != taken}


def _print_exception():
    """As Python prints it, where it can be printed."""
    try:
        traceback.print_exc()
    except Exception:
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
    if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
        return _from_project(error.filename, project), error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    ours = os.path.dirname(os.path.abspath(__file__))
    theirs = [frame for frame in frames if not frame.filename.startswith((ours, "<frozen"))]
    inside = [frame for frame in theirs if os.path.abspath(frame.filename).startswith(project + os.sep)]
    for frame in (inside or theirs)[-1:]:
        return _from_project(frame.filename, project), frame.lineno
    return None, None


def _from_project(path, project):
    return os.path.relpath(path, project) if path.startswith(project + os.sep) else path
