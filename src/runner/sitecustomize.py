"""Python runs this as it begins, in every process of a training: its folder is the first on PYTHONPATH.

Nothing is imported for it. Only when a library that has a hook of ours is imported by the training itself
is that hook, too: a training that doesn't use the library notices nothing.

Any Python from 2.7 on reads this file: one that is too old says so in trainyard_start.py.
"""

import os
import sys

#: The module of a library that is hooked, and our module whose `hook` takes it.
HOOKS = {"ultralytics.engine.trainer": "trainyard._ultralytics"}


class Finder(object):  # noqa: UP004
    """Finds nothing by itself: it has a hooked module tell when it was executed."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in HOOKS:
            return None
        for finder in sys.meta_path:
            found = None if finder is Finder else finder.find_spec(name, path, target)
            if found is not None:
                _tell(found.loader, HOOKS[name])
                return found
        return None


def _tell(loader, hook):
    execute = loader.exec_module

    def execute_and_tell(module):
        execute(module)
        try:
            __import__(hook)
            sys.modules[hook].hook(module)
        except Exception as error:
            # Without it, the training does what it does elsewhere.
            sys.stderr.write("Trainyard: %s isn't reported: %r\n" % (module.__name__, error))  # noqa: UP031

    loader.exec_module = execute_and_tell


def _run_hidden():
    """Runs the sitecustomize that this one hides: that of the system, or of a virtual environment."""
    machinery = sys.modules["_frozen_importlib_external"]
    here = os.path.dirname(os.path.abspath(__file__))
    places = [place for place in sys.path if os.path.abspath(place) != here]
    found = machinery.PathFinder.find_spec("sitecustomize", places)
    if found is not None and found.loader is not None:
        module = sys.modules["_frozen_importlib"].module_from_spec(found)
        sys.modules["sitecustomize"] = module
        found.loader.exec_module(module)


if sys.version_info >= (3, 8):  # noqa: UP036
    if "TRAINYARD_START_FOLDER" in os.environ:
        sys.meta_path.insert(0, Finder)
    _run_hidden()
