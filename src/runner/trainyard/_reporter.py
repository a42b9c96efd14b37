"""Reports samples: to a file at once, to the backend soon after.

``write`` appends one line to this process's own file under the attempt's spool; when it returns, the line
survives the process. A thread sends what the file has, in order, in batches that are named by the number of
their last line, and the very same batch again until it is acknowledged. The backend itself reads what a
process could no longer send. So each line arrives once, whatever dies.

A line is a JSON object, one of

    {"t": ms since 1970, "e": epoch, "s": step, "f": [[figure, legend, y], ...]}
    {"t": ms, "p": [done, total, unit]}
    {"t": ms, "k": "checkpoint" | "artifact", "path": path}

A y that JSON has no number for is one of the words "NaN", "Infinity", "-Infinity". A line that isn't such an
object counts, and says nothing. ``server/engines/local/spool.ts`` reads the same.
"""

import atexit
import contextlib
import json
import os
import sys
import threading
import time
from urllib.parse import urlsplit

#: Batches are gathered for so long, so that a fast loop makes few of them. Seconds.
GATHER = 0.2
#: At most so much of the file goes into one batch: in bytes, and in lines.
BATCH_BYTES = 400_000
BATCH_LINES = 1000
#: Between tries to reach a backend that is away: at first, and at most. Seconds.
RETRY_FIRST = 0.1
RETRY_MOST = 2.0
#: How long a backend may take to answer. Seconds.
ANSWER = 10
#: How long the end of a process may wait for its last batches. Seconds.
LAST_WORDS = 2.0


class Reporter:
    def __init__(self, execution, attempt, token, home, spool):
        self._execution = execution
        self._attempt = attempt
        self._token = token
        self._home = home
        self._spool = spool
        self._file = None
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self):
        """Begins anew: at first, and in a fork, which reports under a name of its own."""
        # Taken again by a signal handler that logs while its thread is logging.
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        if self._is_ours():
            os.close(self._file)
        self._file = None
        self._identity = None
        self._path = None
        self._size = 0
        self._sent_bytes = self._sent_lines = 0
        self._thread = None
        self._said = set()
        self._reachable = True

    def write(self, line):
        """Appends one line. Never raises, never waits for the network: no training dies of reporting."""
        try:
            with self._lock:
                if not self._is_ours():
                    self._open()
                self._append(line.encode() + b"\n")
                if self._thread is None:
                    self._start()
        except Exception as error:
            self._say_once(f"figures can't be kept: {getattr(error, 'strerror', None) or error}")
            return
        if not self._wake.is_set():
            self._wake.set()

    def _is_ours(self):
        """Whether the descriptor is still this file: a training may close all, and open its own."""
        if self._file is None:
            return False
        try:
            now = os.fstat(self._file)
        except OSError:
            return False
        return (now.st_dev, now.st_ino) == self._identity

    def _open(self):
        if self._path is None:
            os.makedirs(self._spool, mode=0o700, exist_ok=True)
            self._writer = f"{os.getpid()}-{time.time_ns() // 1_000_000}"
            self._path = os.path.join(self._spool, f"{self._writer}.jsonl")
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        now = os.fstat(self._file)
        self._identity, self._size = (now.st_dev, now.st_ino), now.st_size

    def _start(self):
        # In this thread: a fork amid another's import would leave the module half made in the child. And only
        # now: a training that never logs needs none of it. (A connection looks up the idna codec.)
        import encodings.idna  # noqa: F401
        import http.client  # noqa: F401

        self._thread = threading.Thread(target=self._send_all, name="trainyard", daemon=True)
        self._at_exit()
        # Where no thread can be started the file has everything, and the backend reads it at the end.
        with contextlib.suppress(RuntimeError):
            self._thread.start()

    def _at_exit(self):
        atexit.register(self._close)
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            # Its processes end without what atexit knows.
            util.Finalize(None, self._close, exitpriority=0)

    def _append(self, line):
        written = os.write(self._file, line)
        if written < len(line):
            # A disk that fills up. No half line may stand before the next one.
            os.ftruncate(self._file, self._size)
            raise OSError("the disk is full")
        self._size += written

    def _close(self):
        """Gives the last batches a moment; what isn't sent by then, the backend reads by itself."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._wake.set()
        if self._thread is not None and self._thread.is_alive() and self._reachable:
            self._thread.join(LAST_WORDS)

    def _send_all(self):
        """The thread's work. Whatever goes wrong in it, the training never hears of it."""
        going = True
        while going:
            self._wake.wait()
            self._wake.clear()
            going = not self._closing.is_set()
            try:
                going = self._send_new() and going
            except _Refused as refused:
                self._say_once(str(refused))
                return
            except Exception as error:
                # The file can't be read just now: it is tried again with the next line.
                self._say_once(f"figures can't be sent yet: {error}")
            # Gathers; the end of the process cuts it short.
            self._closing.wait(GATHER)

    def _send_new(self):
        """Sends what the file has that wasn't sent. False where the process ends before all is acknowledged.

        File and connection are open only meanwhile: a training that closes descriptors can't break them.
        """
        connection = _Connection(self._home)
        try:
            while True:
                with open(self._path, "rb") as file:
                    file.seek(self._sent_bytes)
                    text = _whole_lines(file)
                lines = text.splitlines()
                if not lines:
                    return True
                number = self._sent_lines + len(lines)
                # Were it given up and made anew, it would have more lines and another name, and arrive twice.
                if not self._send(connection, self._batch(lines, number)):
                    return False
                self._sent_bytes, self._sent_lines = self._sent_bytes + len(text), number
        finally:
            connection.close()

    def _batch(self, lines, number):
        samples, files, progress = [], [], None
        for line in map(_parsed, lines):
            if "f" in line:
                common = {"time": line["t"]}
                if line.get("e") is not None:
                    common["epoch"] = line["e"]
                if line.get("s") is not None:
                    common["step"] = line["s"]
                for figure, legend, y in line["f"]:
                    samples.append({"figure": figure, "legend": legend, "y": y, **common})
            elif "p" in line:
                progress = dict(zip(("done", "total", "unit"), line["p"]))
            elif "k" in line:
                files.append({"kind": line["k"], "path": line["path"], "time": line["t"]})
        batch = {"attempt": self._attempt, "batch": f"{self._writer}:{number}", "samples": samples}
        if progress is not None:
            batch["progress"] = progress
        if files:
            batch["files"] = files
        return json.dumps(batch).encode()

    def _send(self, connection, body):
        """Sends one batch until it is acknowledged. False where the process ends before that."""
        wait = RETRY_FIRST
        while True:
            try:
                path = f"/api/v1/executions/{self._execution}/samples"
                status, answer = connection.post(path, body, self._token)
                if status < 400:
                    self._reachable = True
                    return True
                if status < 500 and status not in (408, 429):
                    self._reachable = False
                    raise _Refused(f"the backend refuses this training's figures ({status}): {answer[:300]}")
            except _Refused:
                raise
            except Exception:
                # Away, or moved: looked up again at the next try. The file has everything.
                pass
            connection.close()
            self._reachable = False
            if self._closing.wait(wait):
                return False
            wait = min(RETRY_MOST, wait * 2)

    def _say_once(self, text):
        if text not in self._said and len(self._said) < 20:
            self._said.add(text)
            _say(text)


class _Refused(Exception):
    """The backend will never take it."""


class _Connection:
    """One connection to the backend, wherever it is now. No proxy is asked: it is on this machine."""

    def __init__(self, home):
        self._home = home
        self._http = None

    def post(self, path, body, token):
        if self._http is None:
            from http.client import HTTPConnection

            with open(os.path.join(self._home, "server.json"), encoding="utf-8") as file:
                address = urlsplit(json.load(file)["url"])
            self._http = HTTPConnection(address.hostname, address.port, timeout=ANSWER)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._http.request("POST", path, body, headers)
        answer = self._http.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")

    def close(self):
        if self._http is not None:
            with contextlib.suppress(OSError):
                self._http.close()
            self._http = None


def _say(text):
    with contextlib.suppress(Exception):
        print(f"Trainyard: {text}", file=sys.stderr, flush=True)


def _parsed(line):
    try:
        parsed = json.loads(line)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _whole_lines(file):
    """The next lines of a file that grows, without the one that is being written: at most a batch of them."""
    text = file.read(BATCH_BYTES)
    if len(text) == BATCH_BYTES:
        text += file.readline()
    lines = text.splitlines(keepends=True)[:BATCH_LINES]
    return b"".join(line for line in lines if line.endswith(b"\n"))
