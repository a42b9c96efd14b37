"""Prints what an interpreter is and what is installed for it, as one line of JSON.

A program of its own, run beside a training by the same interpreter: nothing of it is on the training's way.
"""

import json
import os
import platform
import sys
from importlib import metadata


def installed():
    """Versions by name; of two distributions of one name, the one that an import would find."""
    packages = {}
    for distribution in metadata.distributions():
        try:
            name, version = distribution.metadata["Name"], distribution.version
        except Exception:
            # Half installed, or half removed.
            continue
        if name and version:
            packages.setdefault(name, version)
    return dict(sorted(packages.items(), key=lambda item: item[0].lower()))


def main():
    # This program's own folder is no place of the interpreter's.
    del sys.path[0]
    found = {
        "executable": sys.executable,
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "packages": installed(),
        "places": [place for place in sys.path if os.path.isdir(place)],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
