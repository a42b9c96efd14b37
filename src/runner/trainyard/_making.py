"""The process that makes one environment, for every start that waits for it: ``--environment PLACE NAME``.

The first of them begins it, with the socket that all of them connect to as its standard input. They are told
what it does in lines of JSON: ``line`` for their logs, ``doing`` for people, ``message`` with ``hint`` where
it fails. Closing the connection says: look whether it is there, else have it made anew. Once nobody is
connected any more, it ends its installers and takes away what they made.
"""

import os
import select
import shutil
import socket
import subprocess
import sys
import time

from trainyard import _files, _processes, _quick, _signals
from trainyard._environment import EnvironmentFailed
from trainyard._quick import ignoring, signal

#: How often people are told what an installer is doing, in seconds.
TELL_EVERY = 1.0
#: An installer's complaint is looked for among so many of its last lines.
MOST_LINES = 200
#: How long installers have to clean up when nobody wants the environment any more, in seconds.
GRACE = 3.0
#: How often what is being ended is looked at again, where no signal tells.
LOOK_EVERY = 0.1
#: Who takes nothing in misses what is beyond this, in bytes.
MOST_UNSENT = 2**20
#: How long the last words may take, in seconds.
LAST_WORDS = 5.0


class _CalledOff(Exception):
    """Nobody wants it any more, or somebody ended us."""


def main(place, name):
    signals = _signals.Signals()
    _processes.become_subreaper()
    waiting = _Waiting(socket.socket(fileno=0), name)
    failure = None
    try:
        _Making(place, name, signals, waiting).make()
    except _CalledOff:
        pass
    except EnvironmentFailed as error:
        failure = {"message": error.message, "hint": error.hint}
    except OSError as error:
        failure = {
            "message": f"The environment of {name} can't be made: {error}.",
            "hint": f"See to {os.path.dirname(place)}, then train again.",
        }
    finally:
        _end_all(place, signals, signal.SIGINT)
        if not os.path.exists(os.path.join(place, "complete")):
            shutil.rmtree(place, ignore_errors=True)
        # The next one may begin as soon as the socket is gone: then nothing is touched any more.
        for ending in (".maker", ".sock"):
            with ignoring(OSError):
                os.unlink(place + ending)
    waiting.end(failure)
    return 0


def _end_all(place, signals, number):
    """Ends every installer, those of one that was killed as well: by a signal, after a while by force."""
    force_at = time.monotonic() + GRACE
    told = set()
    while True:
        left = set(_processes.descendants(os.getpid()))
        left.update(_processes.with_environment(f"TRAINYARD_ENVIRONMENT={place}"))
        if not left:
            return
        if time.monotonic() >= force_at:
            number = signal.SIGKILL
        # Told once, they clean up; told again, they would stop doing so.
        for pid in left if number == signal.SIGKILL else left - told:
            with ignoring(OSError):
                os.kill(pid, number)
        told |= left
        if select.select([signals.reader], [], [], LOOK_EVERY)[0]:
            os.read(signals.reader, 4096)


class _Making:
    def __init__(self, place, name, signals, waiting):
        self._place = place
        self._name = name
        self._signals = signals
        self._waiting = waiting
        self._told_at = 0.0

    def make(self):
        place = self._place
        pid = os.getpid()
        maker = {"pid": pid, "startTime": _processes.start_time(pid)}
        _files.write(*os.path.split(place + ".maker"), maker, durable=False)
        # What installers of one that was killed still do.
        _end_all(place, self._signals, signal.SIGKILL)
        # The mark first: what is half removed isn't whole.
        with ignoring(FileNotFoundError):
            os.unlink(os.path.join(place, "complete"))
        shutil.rmtree(place, ignore_errors=True)
        python = os.path.join(place, "bin", "python")
        uv = shutil.which("uv")
        if uv is not None:
            self._run([uv, "venv", "--python", sys.executable, place])
            self._run([uv, "pip", "install", "--python", python, "-r", place + ".txt"])
        else:
            pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
            self._run([sys.executable, "-m", "venv", place])
            self._run([*pip, "-r", place + ".txt"])
        # The mark must not outlive a loss of power without what it stands for.
        os.sync()
        _files.write(place, "complete", {"python": sys.executable})

    def _run(self, command):
        """Runs an installer; its words go to all who wait, and its complaints into the failure."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        # What it starts is known by this, should we be killed.
        environment["TRAINYARD_ENVIRONMENT"] = self._place
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise EnvironmentFailed(
                f"{command[0]} can't be run: {error.strerror}.", "Install it, then try again."
            ) from error
        lines = []
        with process.stdout as output:
            os.set_blocking(output.fileno(), False)
            rest = b""
            while process.poll() is None:
                rest = self._hear(output, rest, lines)
                self._wait([] if output.closed else [output])
            rest = self._hear(output, rest, lines)
            self._hear(output, rest + b"\n" if rest else b"", lines)
        if process.returncode != 0:
            words = _complaint(lines) or f"exit code {process.returncode}"
            raise EnvironmentFailed(
                f"The environment of {self._name} can't be made: {words}",
                f"Correct {self._name}, then train again; the log has all that the installer said.",
            )

    def _hear(self, output, rest, lines):
        """Takes in what an installer has said; what is left is the beginning of its next line."""
        while not output.closed:
            try:
                part = os.read(output.fileno(), 65536)
            except BlockingIOError:
                break
            if not part:
                output.close()
            rest += part
        *whole, rest = rest.split(b"\n")
        for line in (one.decode("utf-8", "replace").rstrip() for one in whole):
            lines.append(line)
            del lines[:-MOST_LINES]
            self._waiting.tell({"line": line})
            # Not every line of it.
            if line.strip() and time.monotonic() - self._told_at > TELL_EVERY:
                self._told_at = time.monotonic()
                self._waiting.do(f"making the environment of {self._name}: {line.strip()[:200]}")
        return rest

    def _wait(self, outputs):
        """Until something is to be read, somebody came or went, or a process ended."""
        ready = self._waiting.wait([self._signals.reader, *outputs])
        if self._signals.reader in ready and set(os.read(self._signals.reader, 4096)) - {signal.SIGCHLD}:
            raise _CalledOff
        if not self._waiting:
            raise _CalledOff


def _complaint(lines):
    """The first lines in which an installer says what went wrong: pip marks them by ERROR, uv by a cross."""
    for n, line in enumerate(lines):
        if "error" in line.lower() or line.strip().startswith("\u00d7"):
            return " ".join(part.strip() for part in lines[n : n + 2] if part.strip())
    return " ".join(line.strip() for line in lines[-3:])


class _Waiting:
    """Who waits for the environment: the connections, each with what it hasn't taken in yet."""

    def __init__(self, listener, name):
        self._listener = listener
        self._listener.setblocking(False)
        self._unsent = {}
        self._doing = f"making the environment of {name}"
        # The first one connected before we began.
        self._accept()

    def __bool__(self):
        return bool(self._unsent)

    def wait(self, readers):
        """Sees to who comes, goes and takes in, until one of these can be read or somebody went."""
        hearing = [one for one, words in self._unsent.items() if words]
        ready, free, _ = select.select([*readers, self._listener, *self._unsent], hearing, [])
        for one in free:
            self._send(one)
        # They say nothing: what can be read is that they are gone.
        for one in [one for one in self._unsent if one in ready]:
            self._drop(one)
        # Last, so that who comes as the last one goes is there.
        self._accept()
        return ready

    def tell(self, word):
        said = _quick.text_of(word).encode("ascii") + b"\n"
        for one in list(self._unsent):
            if len(self._unsent[one]) < MOST_UNSENT:
                self._unsent[one] += said
                self._send(one)

    def do(self, doing):
        """Tells what is being done; who comes later hears it first."""
        self._doing = doing
        self.tell({"doing": doing})

    def end(self, failure):
        """Tells the last word to everybody, and closes."""
        self._accept()
        if failure is not None:
            self.tell(failure)
        until = time.monotonic() + LAST_WORDS
        while any(self._unsent.values()) and time.monotonic() < until:
            hearing = [one for one, words in self._unsent.items() if words]
            for one in select.select([], hearing, [], LAST_WORDS)[1]:
                self._send(one)

    def _accept(self):
        while True:
            try:
                one, _ = self._listener.accept()
            except BlockingIOError:
                return
            one.setblocking(False)
            self._unsent[one] = _quick.text_of({"doing": self._doing}).encode("ascii") + b"\n"
            self._send(one)

    def _send(self, one):
        try:
            self._unsent[one] = self._unsent[one][one.send(self._unsent[one]) :]
        except BlockingIOError:
            return
        except OSError:
            self._drop(one)

    def _drop(self, one):
        del self._unsent[one]
        one.close()
