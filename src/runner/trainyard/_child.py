"""The training itself: the supervisor's child, up to and including the call of the train function."""

import importlib.util
import inspect
import os
import signal
import sys
import traceback

from trainyard import _environment, _files


def begin(folder, spec, executing):
    """Makes the environment where one is asked for, then becomes the command or calls the train function.

    ``executing`` is a pipe that the operating system closes when another program takes this one's place.
    """
    os.set_inheritable(executing, False)
    python = sys.executable
    if spec["requirements"] is not None:
        try:
            python = _environment.prepare(folder, spec["requirements"], spec["environments"])
        except _environment.EnvironmentFailed as error:
            _files.start_failure(folder, "EnvironmentFailed", error.message, error.hint)
            return 1
        programs = os.path.dirname(python)
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
        os.environ["VIRTUAL_ENV"] = os.path.dirname(programs)
    if spec["command"] is not None:
        return _execute(folder, spec)
    if python != sys.executable:
        os.execv(python, [python, "-u", sys.argv[0], "--child", folder])
    os.close(executing)
    return _train(folder, spec)


def main(folder):
    """The same, begun anew by the interpreter of the environment that was made."""
    return _train(folder, _files.read(folder, "start.json"))


def _execute(folder, spec):
    """Becomes the command; no shell reads any of it."""
    os.chdir(spec["project"])
    try:
        os.execvp(spec["command"][0], spec["command"])
    except OSError as error:
        message = f"The command {spec['command'][0]!r} can't be run: {error.strerror}."
        hint = "Name a program of the PATH, or one by its path from the project's folder."
        _files.start_failure(folder, "StartFailed", message, hint)
    return 1


def _train(folder, spec):
    from trainyard import _context

    context = _context.of_training(folder, spec)
    signal.signal(signal.SIGTERM, lambda *_: context.ask_to_stop())
    os.chdir(spec["project"])
    file, _, name = spec["train"].rpartition(":")
    _files.phase(folder, f"importing {file}")
    try:
        train = _import(os.path.join(spec["project"], file), name, spec["project"])
    except BaseException as error:
        traceback.print_exc()
        where = _place(error, spec["project"])
        message = f"{file} can't be imported: {_words(error)}{f' ({where[0]}:{where[1]})' if where[0] else ''}."
        hint = "Correct it, then try again."
        if isinstance(error, ModuleNotFoundError):
            hint = (
                f"Install {error.name} into {sys.executable}, name another interpreter, "
                'or name a "requirements" file in trainyard.json.'
            )
        _files.start_failure(folder, "StartFailed", message, hint)
        return 1
    _files.write(folder, "ready.json", {"readyAt": _files.now()})
    try:
        _call(train, context)
    except SystemExit as exit:
        if exit.code is None or exit.code == 0:
            _files.write(folder, "outcome.json", {"kind": "returned"})
        raise
    except BaseException as error:
        traceback.print_exc()
        file, line = _place(error, spec["project"])
        outcome = {"kind": "raised", "type": type(error).__name__, "message": str(error)[:2000], "file": file, "line": line}
        _files.write(folder, "outcome.json", outcome)
        return 1
    _files.write(folder, "outcome.json", {"kind": "returned"})
    return 0


def _import(path, name, project):
    """The train function of a file, which can import its neighbours and the project's own packages."""
    folder, base = os.path.split(path)
    for place in (project, folder):
        if place in sys.path:
            sys.path.remove(place)
        sys.path.insert(0, place)
    module_name = os.path.splitext(base)[0]
    spec = importlib.util.spec_from_file_location(module_name, path)
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
    """Hands over what the function takes: the context, and the configuration's values by their names."""
    try:
        parameters = list(inspect.signature(train).parameters.values())
    except (TypeError, ValueError):
        return train(context)
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]
    first = positional[0].name if positional else None
    takes_all = any(p.kind == p.VAR_KEYWORD for p in parameters)
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)} - {first}
    config = {key: value for key, value in context.config.items() if key != first and (takes_all or key in named)}
    return train(context, **config) if positional else train(**config)


def _words(error):
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(error, project):
    """File and line in the user's code where it happened: the innermost place inside the project."""
    if isinstance(error, SyntaxError) and error.filename:
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
