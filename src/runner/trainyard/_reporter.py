"""Reports samples: to a file at once, to the backend soon after.

``write`` appends one line to this process's own file under the attempt's spool; when it returns, the line
survives the process. A thread sends what the file has, in order, in batches that are named by the number of
their last line, and the very same batch again until it is acknowledged. The backend itself reads what a
process could no longer send. So each line arrives once, whatever dies.

A line is a JSON object, one of

    {"t": ms since 1970, "e": epoch, "s": step, "f": [[figure, legend, y], ...]}
    {"t": ms, "p": [done, total, unit]}
    {"t": ms, "k": "checkpoint" | "artifact", "path": path, "copy": path, "size": bytes, "changed": us}

where copy, size and changed (microseconds since 1970) may be missing. A y that JSON has no number for is one
of the words "NaN", "Infinity", "-Infinity". A line that isn't such an object counts, and says nothing.
``server/engines/local/spool.ts`` reads the same.

A process may die while a batch is under way. Beside its file stands the number of that batch, in ``.cut``, so
that the backend, which reads the rest, makes the very same batch of it.
"""

import atexit
import os
import sys
import threading
import time

from trainyard._quick import ignoring, parse, quote, text_of

#: Batches are gathered for so long, so that a fast loop makes few of them. Seconds.
GATHER = 0.2
#: At most so much of the file goes into one batch: in bytes, and in lines.
BATCH_BYTES = 400_000
BATCH_LINES = 1000
#: Between tries to reach a backend that is away: at first, and at most. Seconds.
RETRY_FIRST = 0.1
RETRY_MOST = 2.0
#: How long a backend may take to answer, in seconds, and how much of it is read.
ANSWER = 10
ANSWER_BYTES = 2**20
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
        """Appends one line; whether it stands there. Never raises, never waits for the network.

        No training dies of reporting.
        """
        try:
            with self._lock:
                if not self._is_ours():
                    self._open()
                self._append(line.encode() + b"\n")
                if self._thread is None:
                    self._start()
        except Exception as error:
            self._say_once(f"figures can't be kept: {getattr(error, 'strerror', None) or error}")
            return False
        if not self._wake.is_set():
            self._wake.set()
        return True

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
        # In this thread: a fork amid another's import would leave the module half made in the child.
        import socket  # noqa: F401

        self._thread = threading.Thread(target=self._send_all, name="trainyard", daemon=True)
        self._at_exit()
        # Where no thread can be started the file has everything, and the backend reads it at the end.
        with ignoring(RuntimeError):
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
        while True:
            with open(self._path, "rb") as file:
                file.seek(self._sent_bytes)
                text = _whole_lines(file)
            lines = text.splitlines()
            if not lines:
                return True
            number = self._sent_lines + len(lines)
            # Were it given up and made anew, it would have more lines and another name, and arrive twice.
            self._note_cut(number)
            if not self._send(self._batch(lines, number)):
                return False
            self._sent_bytes, self._sent_lines = self._sent_bytes + len(text), number

    def _note_cut(self, number):
        file = os.open(self._path[: -len(".jsonl")] + ".cut", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Numbers only grow: written over the last one, it is whole at any moment.
            os.write(file, str(number).encode())
        finally:
            os.close(file)

    def _batch(self, lines, number):
        samples, files, progress = [], [], ""
        for line in map(_parsed, lines):
            if "f" in line:
                epoch = "" if line.get("e") is None else f'"epoch":{line["e"]!r},'
                step = "" if line.get("s") is None else f'"step":{line["s"]!r},'
                place = f'{epoch}{step}"time":{line["t"]}'
                for figure, legend, y in line["f"]:
                    name = f'"figure":{quote(figure)},"legend":{quote(legend)}'
                    samples.append(f'{{{name},"y":{text_of(y)},{place}}}')
            elif "p" in line:
                progress = f',"progress":{text_of(dict(zip(("done", "total", "unit"), line["p"])))}'
            elif "k" in line:
                more = {name: line[name] for name in ("copy", "size", "changed") if name in line}
                files.append({"kind": line["k"], "path": line["path"], "time": line["t"], **more})
        made_known = f',"files":{text_of(files)}' if files else ""
        name = f'"attempt":{self._attempt},"batch":"{self._writer}:{number}"'
        return f'{{{name},"samples":[{",".join(samples)}]{progress}{made_known}}}'.encode()

    def _send(self, body):
        """Sends one batch until it is acknowledged. False where the process ends before that."""
        wait = RETRY_FIRST
        while True:
            try:
                path = f"/api/v1/executions/{self._execution}/samples"
                status, answer = _post(self._home, path, body, self._token)
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


def _post(home, path, body, token):
    """Posts to the backend, wherever it is now; its answer's status and text.

    No proxy is asked: it is on this machine. HTTP/1.0 (RFC 1945), where the answer ends with the connection:
    a library for all of HTTP takes longer to import than Python to start.
    """
    import socket

    with open(os.path.join(home, "server.json"), encoding="utf-8") as file:
        place = parse(file.read())["url"].partition("://")[2].strip("/")
    host, _, port = place.rpartition(":")
    head = (
        f"POST {path} HTTP/1.0\r\nHost: {place}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    # In bytes: text would be looked up in the idna codec, which is imported for that.
    address = (host.strip("[]").encode("ascii"), int(port))
    with socket.create_connection(address, timeout=ANSWER) as connection:
        connection.sendall(head.encode("ascii") + body)
        answer = b""
        while len(answer) < ANSWER_BYTES:
            part = connection.recv(65536)
            if not part:
                break
            answer += part
    head, _, text = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), text.decode("utf-8", "replace")


def _say(text):
    with ignoring(Exception):
        print(f"Trainyard: {text}", file=sys.stderr, flush=True)


def _parsed(line):
    try:
        parsed = parse(line.decode("utf-8"))
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
