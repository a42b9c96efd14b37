"""What is logged arrives: in order, once, whatever the backend, the disk and the process do meanwhile."""

import contextlib
import io
import json
import os
import stat
import sys
import time
import unittest
from unittest import mock

import support
from trainyard import _reporter

REPORT = """
import json, os, sys
from trainyard import _context, _reporter
home, spool = sys.argv[1:] if len(sys.argv) > 1 else os.environ["PLACES"].split(os.pathsep)
reporter = _reporter.Reporter("e-1", 2, "secret", home, spool)
context = _context.Context({}, None, reporter)
"""


class ReportingCase(support.TestCase):
    def setUp(self):
        self.home = self.folder()
        self.spool = os.path.join(self.folder(), "spool")
        self.backend = support.Backend(self.home)
        self.addCleanup(self.backend.stop)

    def reporter(self):
        made = _reporter.Reporter("e-1", 2, "secret", self.home, self.spool)
        self.addCleanup(self.close, made)
        return made

    def close(self, reporter):
        """As at the end of a process, but for the daemon thread, which no process ends here."""
        self.backend.released.set()
        reporter._close()
        if reporter._thread is not None and reporter._thread.ident is not None:
            reporter._thread.join(support.DEADLINE)

    def write(self, reporter, *values, epoch=None):
        for value in values:
            line = {"t": 1, "f": [["n", "", value]], **({} if epoch is None else {"e": epoch})}
            reporter.write(json.dumps(line))

    def run_reporting(self, code, env=None):
        places = os.pathsep.join((self.home, self.spool))
        return support.run_python(REPORT + code, {"PLACES": places, **(env or {})})

    def lines(self):
        """What stands in the spool, of every writer."""
        found = {}
        for name in os.listdir(self.spool):
            if not name.endswith(".jsonl"):
                continue
            with open(os.path.join(self.spool, name), encoding="utf-8") as file:
                found[name[: -len(".jsonl")]] = file.read().splitlines()
        return found

    def all_said(self):
        said = io.StringIO()
        stack = contextlib.ExitStack()
        stack.enter_context(contextlib.redirect_stderr(said))
        self.addCleanup(stack.close)
        return said

    def write_text(self, text):
        with open(os.path.join(self.home, "server.json"), "w", encoding="utf-8") as file:
            file.write(text)


class Reporting(ReportingCase):
    def test_batches_come_in_order_and_are_named_by_their_last_line(self):
        self.backend.start()
        reporter = self.reporter()
        for first in range(0, 3000, 1000):
            self.write(reporter, *range(first, first + 1000))
            self.backend.until(lambda b, n=first + 1000: len(b.samples()) >= n)
        self.assertEqual(list(range(3000)), self.backend.values("n"))
        total = 0
        (writer,) = self.lines()
        for batch in self.backend.bodies:
            total += len(batch["samples"])
            self.assertEqual((f"{writer}:{total}", 2), (batch["batch"], batch["attempt"]))
            self.assertEqual("/api/v1/executions/e-1/samples", batch["path"])
        self.assertEqual({"Bearer secret"}, self.backend.tokens)

    def test_everything_that_a_line_says_arrives(self):
        self.backend.start()
        reporter = self.reporter()
        lines = [
            {"t": 1, "e": 3, "s": 4.5, "f": [["loss", "val", "NaN"], ["lr", "", 1]]},
            {"t": 2, "p": [1, 3, "epoch"]},
            {"t": 3, "k": "checkpoint", "path": "/a"},
            {"t": 3, "k": "checkpoint", "path": "/a", "copy": "/b", "size": 7, "changed": 5},
            {"t": 4, "p": [2, 3, "epoch"]},
        ]
        with reporter._lock:
            # Written in one go, so that they make one batch.
            for line in lines:
                self.assertTrue(reporter.write(json.dumps(line)))
        self.backend.until(lambda b: any("files" in one for one in b.bodies))
        self.backend.until(
            lambda b: [one["progress"]["done"] for one in b.bodies if "progress" in one][-1:] == [2]
        )
        self.assertEqual(
            [
                {"figure": "loss", "legend": "val", "y": "NaN", "time": 1, "epoch": 3, "step": 4.5},
                {"figure": "lr", "legend": "", "y": 1, "time": 1, "epoch": 3, "step": 4.5},
            ],
            self.backend.samples(),
        )
        files = [file for one in self.backend.bodies for file in one.get("files", [])]
        plain = {"kind": "checkpoint", "path": "/a", "time": 3}
        self.assertEqual([plain, {**plain, "copy": "/b", "size": 7, "changed": 5}], files)

    def test_a_backend_that_went_and_came_back_elsewhere_gets_everything_once(self):
        self.backend.start()
        reporter = self.reporter()
        self.write(reporter, 0)
        self.backend.until(lambda b: b.values("n") == [0])
        self.backend.stop()
        self.write(reporter, *range(1, 50))
        self.backend.start()
        self.write(reporter, *range(50, 60))
        self.backend.until(lambda b: len(b.values("n")) >= 60)
        self.assertEqual(list(range(60)), self.backend.values("n"))

    def test_no_backend_at_first(self):
        reporter = self.reporter()
        self.write(reporter, 1)
        self.backend.start()
        self.backend.until(lambda b: b.values("n") == [1])

    def test_a_lost_acknowledgement_is_followed_by_the_very_same_batch(self):
        self.backend.answer = lambda n: "drop" if n < 2 else 200
        self.backend.start()
        reporter = self.reporter()
        self.write(reporter, 1, 2)
        self.backend.until(lambda b: len(b.bodies) >= 1)
        # What is written meanwhile doesn't get into the batch that is repeated.
        self.write(reporter, 3, 4)
        self.backend.until(lambda b: len(b.values("n")) >= 4)
        same = [{**body, "answer": None} for body in self.backend.bodies[:3]]
        self.assertEqual([same[0]] * 3, same)
        self.assertEqual([1, 2, 3, 4], self.backend.values("n"))

    def test_the_cut_of_a_batch_is_known_before_it_is_sent(self):
        """Should the process die meanwhile, the backend makes the very same batch of what is in the file."""
        cuts = []

        def look(_):
            (cut,) = (name for name in os.listdir(self.spool) if name.endswith(".cut"))
            with open(os.path.join(self.spool, cut), encoding="ascii") as file:
                cuts.append(int(file.read()))
            return 200

        self.backend.answer = look
        self.backend.start()
        reporter = self.reporter()
        for n in range(30):
            self.write(reporter, *range(n))
        self.backend.until(lambda b: len(b.samples()) == sum(range(30)))
        self.assertEqual([int(body["batch"].rpartition(":")[2]) for body in self.backend.bodies], cuts)

    def test_a_busy_backend_is_asked_again(self):
        answers = [500, 503, 429, 408]
        self.backend.answer = lambda n: answers[n] if n < len(answers) else 200
        self.backend.start()
        self.write(self.reporter(), 1)
        self.backend.until(lambda b: b.values("n") == [1])
        self.assertEqual(1, len({body["batch"] for body in self.backend.bodies}))

    def test_a_refusal_ends_the_sending_and_is_said_once(self):
        said = self.all_said()
        self.backend.answer = lambda _: 400
        self.backend.start()
        reporter = self.reporter()
        self.write(reporter, 1)
        reporter._thread.join(support.DEADLINE)
        self.assertFalse(reporter._thread.is_alive())
        self.write(reporter, 2, 3)
        self.assertEqual(1, len(self.backend.bodies))
        self.assertEqual(1, said.getvalue().count("refuses"))
        self.assertIn("(400)", said.getvalue())
        self.assertEqual([3], [len(lines) for lines in self.lines().values()])

    def test_no_proxy_is_asked(self):
        self.backend.start()
        nowhere = "http://127.0.0.1:9"
        proxies = {
            name: nowhere for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY")
        }
        done = self.run_reporting("context.log(n=1)", proxies)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual([1], self.backend.values("n"))

    def test_a_large_file_goes_in_parts_of_whole_lines(self):
        self.backend.start()
        reporter = self.reporter()
        many = [["x" * 100, "", n] for n in range(6000)]
        reporter.write(json.dumps({"t": 1, "f": many}))
        reporter.write(json.dumps({"t": 2, "f": [["n", "", 1]]}))
        for path in range(2500):
            reporter.write(json.dumps({"t": 3, "k": "artifact", "path": f"/{path}"}))
        self.backend.until(lambda b: sum(len(one.get("files", [])) for one in b.taken()) == 2500)
        self.assertEqual(6001, len(self.backend.samples()))
        self.assertLessEqual(max(len(one.get("files", [])) for one in self.backend.bodies), 1000)

    def test_a_broken_line_counts_and_is_skipped(self):
        self.backend.start()
        reporter = self.reporter()
        for line in ("nonsense", "[1]", '{"t": 1}', '{"t": 1, "f": [["n", "", 5]]}'):
            reporter.write(line)
        self.backend.until(lambda b: b.values("n") == [5])
        self.assertTrue(self.backend.bodies[-1]["batch"].endswith(":4"))

    def test_a_server_json_that_is_no_json_is_looked_at_again(self):
        self.write_text("{")
        reporter = self.reporter()
        self.write(reporter, 1)
        self.write_text("[]")
        self.backend.start()
        self.backend.until(lambda b: b.values("n") == [1])

    def test_the_spool_is_its_owner_s_alone(self):
        self.write(self.reporter(), 1)
        (name,) = self.lines()
        name += ".jsonl"
        self.assertEqual(0o700, stat.S_IMODE(os.stat(self.spool).st_mode))
        self.assertEqual(0o600, stat.S_IMODE(os.stat(os.path.join(self.spool, name)).st_mode))

    def test_descriptors_that_the_training_closes(self):
        self.backend.start()
        done = self.run_reporting(
            "import time\n"
            "context.log(n=0)\n"
            "def link(fd):\n"
            "    try: return os.readlink(f'/proc/self/fd/{fd}')\n"
            "    except OSError: return ''\n"
            # It has sent that, and closed its connection: between two batches it holds nothing but its file.
            "def idle():\n"
            "    sockets = [fd for fd in os.listdir('/proc/self/fd') if 'socket' in link(fd)]\n"
            "    return reporter._sent_lines and not sockets\n"
            "while not idle(): time.sleep(.005)\n"
            "os.closerange(3, 256)\n"
            "own = [open(f'{spool}/own{i}', 'w') for i in range(8)]\n"
            "for n in range(1, 20): context.log(n=n)\n"
            "for file in own: file.close()\n"
            "assert not any(os.path.getsize(file.name) for file in own)\n"
        )
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual(list(range(20)), self.backend.values("n"))

    def test_a_signal_handler_that_logs(self):
        self.backend.start()
        done = self.run_reporting(
            "import signal\n"
            "ticks = []\n"
            "def tick(*_):\n"
            "    ticks.append(1)\n"
            "    context.log(n=-1)\n"
            "context.log(n=-2)\n"
            "signal.signal(signal.SIGALRM, tick)\n"
            "signal.setitimer(signal.ITIMER_REAL, .0005, .0005)\n"
            "n = 0\n"
            "while len(ticks) < 50:\n"
            "    context.log(n=n); n += 1\n"
            "signal.setitimer(signal.ITIMER_REAL, 0)\n"
            "print(n)\n"
        )
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        values = self.backend.values("n")
        self.assertEqual(list(range(int(done.stdout))), [n for n in values if n >= 0])

    def test_threads(self):
        self.backend.start()
        done = self.run_reporting(
            "import threading\n"
            "def work(k):\n"
            "    for n in range(500): context.log(figures={f'n{k}': n})\n"
            "threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]\n"
            "for t in threads: t.start()\n"
            "for t in threads: t.join()\n"
        )
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        for k in range(4):
            self.assertEqual(list(range(500)), self.backend.values(f"n{k}"))


class Forks(ReportingCase):
    """A fork reports under a name of its own, and nothing twice."""

    def check_forks(self, code):
        self.backend.start()
        done = self.run_reporting("import warnings; warnings.simplefilter('ignore')\n" + code)
        self.assertEqual(0, done.returncode, done.stderr)
        lines = self.lines()
        self.assertEqual(2, len(lines))
        self.assertEqual({1, 2}, {len(one) for one in lines.values()})
        return lines

    def test_fork(self):
        self.check_forks(
            "context.log(n=0)\n"
            "pid = os.fork()\n"
            "if pid == 0:\n"
            "    context.log(n=10)\n"
            "    sys.exit(0)\n"
            "os.waitpid(pid, 0)\n"
            "context.log(n=1)\n"
        )
        self.assertEqual([0, 1, 10], sorted(self.backend.values("n")))
        self.assertEqual([0, 1], [n for n in self.backend.values("n") if n < 10])

    def test_multiprocessing(self):
        """Its processes end without what `atexit` knows; their last figures are sent all the same."""
        self.check_forks(
            "import multiprocessing\n"
            "def work():\n"
            "    context.log(n=10)\n"
            "    context.log(n=11)\n"
            "context.log(n=0)\n"
            "worker = multiprocessing.get_context('fork').Process(target=work)\n"
            "worker.start()\n"
            "worker.join()\n"
        )
        self.assertEqual([0, 10, 11], sorted(self.backend.values("n")))


class Disk(ReportingCase):
    def test_a_spool_that_can_t_be_made_is_said_once_and_harms_nothing(self):
        with open(self.spool, "w", encoding="utf-8"):
            pass
        done = self.run_reporting(
            "for n in range(3): context.log(n=n)\nassert reporter.write('{}') is False\nprint('goes on')"
        )
        self.assertEqual((0, "goes on\n"), (done.returncode, done.stdout))
        self.assertEqual(1, done.stderr.count("\n"))
        self.assertIn("figures can't be kept", done.stderr)

    def test_a_full_disk_leaves_no_half_line(self):
        """A limit on the file's size stands for the disk: it writes a part, and then nothing."""
        self.backend.start()
        done = self.run_reporting(
            "import resource\n"
            "context.log(n=0)\n"
            "size = os.path.getsize(reporter._path)\n"
            "limit = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limit[1]))\n"
            "for n in range(1, 4): context.log(n=n)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, limit)\n"
            "context.log(n=4)\n"
        )
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(1, done.stderr.count("\n"), done.stderr)
        self.assertEqual([0, 4], self.backend.values("n"))
        (lines,) = self.lines().values()
        self.assertEqual([0, 4], [json.loads(line)["f"][0][2] for line in lines])


class End(ReportingCase):
    def timed(self, code):
        began = time.monotonic()
        done = self.run_reporting(code)
        self.assertEqual(0, done.returncode, done.stderr)
        return time.monotonic() - began, done

    def test_the_end_waits_for_the_last_figures(self):
        self.backend.start()
        self.timed("for n in range(5000): context.log(n=n)")
        self.assertEqual(list(range(5000)), self.backend.values("n"))

    def test_the_end_waits_for_no_backend_that_hangs(self):
        self.backend.answer = lambda _: "hang"
        self.backend.start()
        code = "import multiprocessing.util\ncontext.log(n=1)\n"
        took, done = self.timed(code)
        self.assertLess(took, _reporter.LAST_WORDS + 1.5)
        self.assertEqual("", done.stderr)

    def test_the_end_waits_for_no_backend_that_is_away(self):
        took, done = self.timed("context.log(n=1)\nprint(reporter._closing.wait(.3))")
        self.assertLess(took, 1.5)
        self.assertEqual("", done.stderr)
        self.assertEqual(1, len(self.lines()))

    def test_what_is_logged_at_the_very_end(self):
        self.backend.start()
        _, done = self.timed("import atexit\ncontext.log(n=0)\natexit.register(context.log, n=1)\n")
        self.assertEqual("", done.stderr)
        self.assertEqual([0, 1], self.backend.values("n"))

    def test_where_no_thread_can_be_started_the_file_has_it(self):
        reporter = self.reporter()
        with mock.patch("threading.Thread.start", side_effect=RuntimeError("can't start new thread")):
            self.write(reporter, 1)
        self.assertEqual([1], [len(lines) for lines in self.lines().values()])


if __name__ == "__main__":
    sys.exit(unittest.main())
