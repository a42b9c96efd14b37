"""What the backend starts: ``python trainyard_start.py START_FOLDER``, once for each start of a training.

And what that starts: a training by the interpreter of its environment, and the making of environments.

This file alone is written so that any Python from 2.7 on reads it: one that is too old has to say so.
"""
# ruff: noqa: UP020, UP031, UP036 (what they ask for, Python 2.7 doesn't have)

import os
import sys


def refuse(folder):
    """Writes down that this interpreter can't run trainings."""
    import io
    import json
    import time

    version = ".".join(str(part) for part in sys.version_info[:3])
    end = {
        "ready": False,
        "exit": None,
        "outcome": None,
        "startFailure": {
            "code": "StartFailed",
            "message": "Python %s (%s) is too old: trainings need Python 3.8 or newer."
            % (version, sys.executable),
            "hint": 'Name a newer interpreter as "python" in trainyard.json.',
        },
        "outOfMemory": None,
        "stopped": False,
        "startedAt": None,
        "endedAt": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
    }
    text = json.dumps(end)
    if isinstance(text, bytes):
        text = text.decode("ascii")
    half = os.path.join(folder, "end.json.half")
    with io.open(half, "w") as file:
        file.write(text)
    os.rename(half, os.path.join(folder, "end.json"))


if __name__ == "__main__":
    if sys.version_info < (3, 8):
        refuse(sys.argv[-1])
        sys.exit(1)
    # What is ours is compiled once, whatever its user wants for theirs: that takes longer than all the rest.
    theirs, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    from trainyard import _child, _context, _supervisor  # noqa: F401 (the child needs them soon)

    if sys.argv[1] == "--environment":
        from trainyard import _making

        sys.exit(_making.main(sys.argv[2], sys.argv[3]))
    sys.dont_write_bytecode = theirs
    if sys.argv[1] == "--child":
        sys.exit(_child.main(sys.argv[2], int(sys.argv[3])))
    sys.exit(_supervisor.main(sys.argv[1]))
