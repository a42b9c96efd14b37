"""Calls a train function with its context, outside the queue: ``python trainyard_debug.py SPEC``.

A debugger runs this in place of a training. Nothing is caught: an exception stops where it is raised, as in
any program. What is logged is printed, as by ``import trainyard`` where no Trainyard runs the script.
"""

import os
import sys


def main(file):
    from trainyard import _child, _context, _files

    spec = _files.read(os.path.dirname(file), os.path.basename(file))
    context = _context.alone(spec)
    os.chdir(spec["project"])
    source, _, name = spec["train"].rpartition(":")
    path = os.path.join(spec["project"], source)
    sys.argv = [path]
    _child._call(_child._import(path, name, spec["project"]), context)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
