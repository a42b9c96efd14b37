"""The files by which a start and the backend speak: each is written whole or not at all."""

import json
import os
from datetime import datetime, timezone


def write(folder, name, value, durable=True):
    """Writes ``value`` as JSON. Whoever reads it sees all of it; if durable, after a loss of power too."""
    half = os.path.join(folder, f"{name}.{os.getpid()}.half")
    with open(half, "w", encoding="utf-8", opener=private) as file:
        json.dump(value, file)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    os.replace(half, os.path.join(folder, name))


def read(folder, name):
    """The value of a file, or None where it isn't there."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def exists(folder, name):
    return os.path.exists(os.path.join(folder, name))


def private(path, flags):
    """An opener: what holds a token or an environment is its owner's alone."""
    return os.open(path, flags, 0o600)


def now():
    """The time as the backend writes it: ISO 8601, UTC, milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def phase(folder, doing):
    """Tells people what a start that isn't ready is doing."""
    write(folder, "phase.json", {"doing": doing}, durable=False)


def start_failure(folder, code, message, hint):
    """Tells why a start never became ready."""
    write(folder, "failure.json", {"code": code, "message": message, "hint": hint})
