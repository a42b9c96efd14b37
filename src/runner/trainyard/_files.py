"""The files by which a start and the backend speak: each is written whole or not at all.

In the start's folder, in the order of a training's life:

    start.json      what to run, by the backend
    claim.json      who runs it: the supervisor
    child.json      the training's own process, and its control group
    environment.json  the interpreter of the environment that it uses, where it asked for one
    phase.json      what it is doing before it is ready, for people
    failure.json    why it never became ready
    ready.json      since when it is (written by `ready`)
    stop.json       the backend wants it stopped
    outcome.json    how the train function ended, in its own words
    end.json        how it ended, the supervisor's last word

``server/engines/local/files.ts`` reads and writes the same.
"""

import os
import time

from trainyard import _quick


def write(folder, name, value, durable=True):
    """Writes ``value`` as JSON. Whoever reads it sees all of it; if durable, after a loss of power too."""
    half = os.path.join(folder, f"{name}.{os.getpid()}.half")
    file = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        text = _quick.text_of(value).encode("ascii")
        if os.write(file, text) < len(text):
            raise OSError(28, "No space left on device")
        if durable:
            os.fsync(file)
    finally:
        os.close(file)
    os.replace(half, os.path.join(folder, name))


def make_durable(folder, name):
    """Has a file, and its name, outlive a loss of power."""
    file = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def read(folder, name):
    """The value of a file, or None where it isn't there."""
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return _quick.parse(file.read().decode("utf-8"))
    except FileNotFoundError:
        return None


def exists(folder, name):
    return os.path.exists(os.path.join(folder, name))


def now(ago=0):
    """The time ``ago`` milliseconds before now, as the backend writes it: ISO 8601, UTC, milliseconds."""
    milliseconds = time.time_ns() // 1_000_000 - ago
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{seconds}.{milliseconds % 1000:03d}Z"


def elapsed():
    """Milliseconds since some moment of this boot, a laptop's sleep included; nobody can set this clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // 1_000_000


def ready():
    """What ready.json says, by the clock and by one that nobody sets."""
    return {"readyAt": now(), "elapsed": elapsed()}


def phase(folder, doing):
    """Tells people what a start that isn't ready is doing."""
    # Nothing depends on it.
    with _quick.ignoring(OSError):
        write(folder, "phase.json", {"doing": doing}, durable=False)


class Words:
    """What a training tells of itself: by files, or, where the disk is full, by a pipe to its supervisor.

    The supervisor can wait until there is room; a training that is over had better end.
    """

    def __init__(self, folder, pipe):
        self.folder = folder
        self._pipe = pipe
        os.set_inheritable(pipe, False)
        # User code may close every descriptor and open others under the same numbers.
        self._known = os.fstat(pipe).st_ino

    def say(self, name, value):
        try:
            # Read by who is there; a loss of power leaves nobody.
            write(self.folder, name, value, durable=False)
        except OSError:
            self._send({"name": name, "value": value})

    def executing(self):
        """Said right before another program takes this one's place: the pipe closes when it does."""
        self._send({"name": "executing", "value": True})

    def start_failure(self, code, message, hint):
        """Tells why this start never became ready."""
        self.say("failure.json", {"code": code, "message": message, "hint": hint})

    def unlimited(self):
        """Said where nothing but the supervisor's watching keeps the training within its memory."""
        self._send({"name": "unlimited", "value": True})

    def inherit(self):
        """Keeps the pipe open across `exec`; its number, for the same again in there."""
        os.set_inheritable(self._pipe, True)
        return self._pipe

    def _send(self, word):
        with _quick.ignoring(OSError):
            if os.fstat(self._pipe).st_ino == self._known:
                os.write(self._pipe, _quick.text_of(word).encode("ascii") + b"\n")


class Patient:
    """The files of one start, for who can wait: what the disk doesn't take now is written once it does."""

    def __init__(self, folder):
        self._folder = folder
        #: What the disk didn't take yet, by name.
        self.unwritten = {}

    def write(self, name, value):
        self.unwritten[name] = value
        self.write_again()

    def write_again(self):
        for name, value in list(self.unwritten.items()):
            try:
                write(self._folder, name, value, durable=name == "end.json")
                del self.unwritten[name]
            except FileNotFoundError:
                # The whole start was deleted: nobody wants to know.
                del self.unwritten[name]
            except OSError:
                return

    def read(self, name):
        return self.unwritten.get(name) or read(self._folder, name)
