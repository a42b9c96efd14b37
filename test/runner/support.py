"""What the tests of the runner share: where it is, folders that go again, and a backend in a thread."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNNER = os.path.join(ROOT, "src", "runner")
if RUNNER not in sys.path:
    sys.path.insert(0, RUNNER)

#: Whatever is waited for comes within this time, or the test fails. Seconds.
DEADLINE = 20


class TestCase(unittest.TestCase):
    def folder(self):
        made = tempfile.TemporaryDirectory(prefix="trainyard-runner-")
        self.addCleanup(made.cleanup)
        return os.path.realpath(made.name)

    def write(self, folder, name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Backend:
    """A tiny backend: it keeps the batches that it takes, and answers as it is told."""

    def __init__(self, home):
        self.home = home
        self.bodies = []
        self.tokens = set()
        self.changed = threading.Condition()
        #: What the nth batch is answered: a status, "drop" (it is read, then closed) or "hang".
        self.answer = lambda _: 200
        self.released = threading.Event()
        self._server = None

    def start(self):
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])).decode())
                with backend.changed:
                    answer = backend.answer(len(backend.bodies))
                    backend.bodies.append({"path": self.path, "answer": answer, **body})
                    backend.tokens.add(self.headers["Authorization"])
                    backend.changed.notify_all()
                if answer == "hang":
                    backend.released.wait(DEADLINE)
                if answer in ("hang", "drop"):
                    self.close_connection = True
                    return
                self.send_response(answer)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        with open(os.path.join(self.home, "server.json"), "w", encoding="utf-8") as file:
            json.dump({"url": f"http://127.0.0.1:{self._server.server_port}"}, file)
        return self

    def stop(self):
        self.released.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def until(self, wanted):
        """Waits until what has arrived is as wanted."""
        until = time.monotonic() + DEADLINE
        with self.changed:
            while not wanted(self):
                left = until - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not as wanted in time: {self.bodies}")
                self.changed.wait(left)

    def taken(self):
        """The batches as a backend keeps them: of those that were answered well, each name once."""
        kept = {}
        for body in self.bodies:
            if body["answer"] in (200, "drop"):
                kept.setdefault(body["batch"], body)
        return list(kept.values())

    def samples(self):
        return [sample for batch in self.taken() for sample in batch["samples"]]

    def values(self, figure):
        return [sample["y"] for sample in self.samples() if sample["figure"] == figure]


def run_python(code, env=None, timeout=DEADLINE):
    """Runs code in an interpreter of its own, with the runner importable; its result."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="trainyard-runner-"))
        path = os.path.join(folder, "code_under_test.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(code)
        env = {**os.environ, "PYTHONPATH": RUNNER, **(env or {})}
        command = [sys.executable, "-B", path]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout, check=False)
