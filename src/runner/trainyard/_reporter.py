"""Reports samples: to a file at once, to the backend soon after.

``write`` appends one line to this process's own file under the attempt's spool; when it returns, the line survives the process.
A thread sends what the file has, in order, in batches that are named by the number of their last line, and the very same batch again
until it is acknowledged. The backend itself reads what a process could no longer send. So each line arrives once, whatever dies.

A line is a JSON object: ``{"t": ms since 1970, "e": epoch, "s": step, "f": [[figure, legend, y], ...]}``, or
``{"t": ms, "p": [done, total, unit]}``, or ``{"t": ms, "k": "checkpoint" | "artifact", "path": path}``. A y that JSON has no number for is
one of the words "NaN", "Infinity", "-Infinity". ``server/engines/local/spool.ts`` reads the same.
"""

import atexit
import http.client
import json
import os
import sys
import threading
import time
from urllib.parse import urlsplit

#: Batches are gathered for so long, so that a fast loop makes few of them. Seconds.
GATHER = 0.2
#: At most so much of the file goes into one batch, in bytes.
BATCH_BYTES = 400_000
#: How long the end of a process may wait for its last batches. Seconds.
LAST_WORDS = 2.0


class Reporter:
    def __init__(self, execution, attempt, token, home, spool):
        self._execution = execution
        self._attempt = attempt
        self._token = token
        self._home = home
        self._spool = spool
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self):
        """Begins anew: at first, and in a fork, which reports under a name of its own."""
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._file = None
        self._thread = None
        self._failed = False
        self._closing = False
        self._reachable = True

    def write(self, line):
        """Appends one line. Never raises and never waits for the network: a training doesn't die of its reporting."""
        try:
            with self._lock:
                if self._file is None:
                    self._open()
                os.write(self._file, line.encode() + b"\n")
        except OSError as error:
            self._say_once(f"this training's figures can't be kept: {error.strerror}")
            return
        self._wake.set()

    def _open(self):
        os.makedirs(self._spool, mode=0o700, exist_ok=True)
        self._writer = f"{os.getpid()}-{time.time_ns() // 1_000_000}"
        self._path = os.path.join(self._spool, f"{self._writer}.jsonl")
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._thread = threading.Thread(target=self._send_all, name="trainyard", daemon=True)
        self._thread.start()
        atexit.register(self._close)

    def _close(self):
        """Gives the last batches a moment; what isn't sent by then, the backend reads by itself."""
        self._closing = True
        self._wake.set()
        if self._thread is not None and self._reachable:
            self._thread.join(LAST_WORDS)

    def _send_all(self):
        connection = _Connection(self._home)
        number = 0
        with open(self._path, "rb") as file:
            while True:
                self._wake.wait()
                self._wake.clear()
                while True:
                    lines = _whole_lines(file)
                    if not lines:
                        break
                    number += len(lines)
                    if not self._send(connection, self._batch(lines, number)):
                        return
                if self._closing:
                    return
                # Gathers; the end of the process cuts it short.
                _wait_until(GATHER, lambda: self._closing)

    def _batch(self, lines, number):
        samples, files, progress = [], [], None
        for line in map(json.loads, lines):
            if "f" in line:
                common = {"time": line["t"]}
                if line.get("e") is not None:
                    common["epoch"] = line["e"]
                if line.get("s") is not None:
                    common["step"] = line["s"]
                samples.extend({"figure": f, "legend": legend, "y": y, **common} for f, legend, y in line["f"])
            elif "p" in line:
                progress = dict(zip(("done", "total", "unit"), line["p"]))
            else:
                files.append({"kind": line["k"], "path": line["path"], "time": line["t"]})
        batch = {"attempt": self._attempt, "batch": f"{self._writer}:{number}", "samples": samples}
        if progress is not None:
            batch["progress"] = progress
        if files:
            batch["files"] = files
        return json.dumps(batch).encode()

    def _send(self, connection, body):
        """Sends one batch until it is acknowledged. False where the backend will never take it."""
        wait = 0.1
        while True:
            try:
                status, answer = connection.post(f"/api/v1/executions/{self._execution}/samples", body, self._token)
                if status < 400:
                    self._reachable = True
                    return True
                if status < 500 and status != 429:
                    self._reachable = False
                    self._say_once(f"the backend refuses this training's figures ({status}): {answer[:300]}")
                    return False
            except (OSError, http.client.HTTPException, ValueError):
                # Away, or moved: looked up again at the next try. The file has everything.
                pass
            connection.close()
            self._reachable = False
            if self._closing:
                return False
            _wait_until(wait, lambda: self._closing)
            wait = min(2.0, wait * 2)

    def _say_once(self, text):
        if not self._failed:
            self._failed = True
            print(f"Trainyard: {text}", file=sys.stderr, flush=True)


class _Connection:
    """One connection to the backend, wherever it is now. No proxy is asked: it is on this machine."""

    def __init__(self, home):
        self._home = home
        self._http = None

    def post(self, path, body, token):
        if self._http is None:
            with open(os.path.join(self._home, "server.json"), encoding="utf-8") as file:
                address = urlsplit(json.load(file)["url"])
            self._http = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._http.request("POST", path, body, headers)
        answer = self._http.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")

    def close(self):
        if self._http is not None:
            self._http.close()
            self._http = None


def _whole_lines(file):
    """The next lines of a file that grows, without the one that is being written."""
    place = file.tell()
    text = file.read(BATCH_BYTES)
    end = text.rfind(b"\n") + 1
    if end == 0 and len(text) == BATCH_BYTES:
        text += file.readline()
        end = len(text) if text.endswith(b"\n") else 0
    file.seek(place + end)
    return text[:end].splitlines()


def _wait_until(seconds, done):
    """Waits, in steps that are short enough for the end of a process to notice."""
    until = time.monotonic() + seconds
    while not done():
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(0.02, left))
