"""The runner's own files: JSON like everybody's, whole or not at all. And which processes are whose."""

import json
import os
import subprocess
import sys
import time
import unittest
from unittest import mock

import support
from trainyard import _files, _processes, _quick

VALUES = [
    {"a": [1, 2.5, -1e-9, None, True, False, 'x\u20ac\U0001f600 "\\\n\u2028'], "b": {}, "c": []},
    "text",
    3,
    [[]],
    {"nested": {"deeper": [{"x": 10**20}]}},
]


class Json(unittest.TestCase):
    def test_is_what_the_standard_library_reads_and_writes(self):
        for value in VALUES:
            self.assertEqual(value, json.loads(_quick.text_of(value)))
            self.assertEqual(value, _quick.parse(f" {json.dumps(value, indent=2)}\n"))

    def test_what_is_none_is_refused(self):
        for text in ("", "{", '{"a":}', "1 2", "{}{}", "nope", "[1,]", '"\n"'):
            with self.subTest(text), self.assertRaises(ValueError):
                _quick.parse(text)


class Files(support.TestCase):
    def test_a_file_is_whole_private_and_leaves_no_half(self):
        folder = self.folder()
        for value in VALUES:
            _files.write(folder, "end.json", value)
            self.assertEqual(value, _files.read(folder, "end.json"))
        self.assertEqual(["end.json"], os.listdir(folder))
        self.assertEqual(0o600, os.stat(os.path.join(folder, "end.json")).st_mode & 0o777)
        self.assertIsNone(_files.read(folder, "ready.json"))

    def test_a_full_disk_leaves_the_last_one_as_it_was(self):
        folder = self.folder()
        _files.write(folder, "end.json", 1)
        with mock.patch("os.write", return_value=0), self.assertRaises(OSError):
            _files.write(folder, "end.json", 2)
        self.assertEqual(1, _files.read(folder, "end.json"))

    def test_the_time_is_as_the_backend_writes_it(self):
        with mock.patch("time.time_ns", return_value=1_700_000_000_007_999_999):
            self.assertEqual("2023-11-14T22:13:20.007Z", _files.now())


class Words(support.TestCase):
    def setUp(self):
        self.reader, writer = os.pipe()
        self.addCleanup(os.close, self.reader)
        self.writer = writer
        self.start = self.folder()
        self.words = _files.Words(self.start, writer)

    def test_are_files_where_there_is_room(self):
        self.words.say("outcome.json", {"kind": "returned"})
        self.assertEqual({"kind": "returned"}, _files.read(self.start, "outcome.json"))
        os.close(self.writer)
        self.assertEqual(b"", os.read(self.reader, 100))

    def test_go_to_the_supervisor_where_there_is_none(self):
        with mock.patch.object(_files, "write", side_effect=OSError(28, "No space left on device")):
            self.words.say("outcome.json", {"kind": "returned"})
        os.close(self.writer)
        word = {"name": "outcome.json", "value": {"kind": "returned"}}
        self.assertEqual(word, json.loads(os.read(self.reader, 1000).decode()))

    def test_go_nowhere_else(self):
        """The training closed every descriptor, and opened a file of its own under the same number."""
        path = os.path.join(self.start, "mine")
        with open(path, "wb") as file:
            os.dup2(file.fileno(), self.writer)
        self.words.executing()
        os.close(self.writer)
        self.assertEqual(0, os.path.getsize(path))


class Processes(support.TestCase):
    def tree(self):
        """A process with a child and a grandchild, all waiting; the pids that it prints are the two's."""
        code = (
            "import os, sys, time\n"
            "if os.fork() == 0:\n"
            "    if os.fork() == 0: print(os.getpid(), os.getppid(), flush=True)\n"
            "    time.sleep(600)\n"
            "time.sleep(600)\n"
        )
        environment = {**os.environ, "TRAINYARD_TEST": str(os.getpid())}
        root = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
        pids = [root.pid, *map(int, root.stdout.readline().split())]

        def end():
            root.stdout.close()
            for pid in pids:
                with _quick.ignoring(OSError):
                    os.kill(pid, 9)
            root.wait()

        self.addCleanup(end)
        return pids

    def test_descendants(self):
        pids = self.tree()
        self.assertEqual(sorted(pids[1:]), sorted(_processes.descendants(pids[0])))
        self.assertLessEqual(set(pids), set(_processes.descendants(os.getpid())))

    def test_descendants_where_the_kernel_does_not_list_children(self):
        pids = self.tree()
        with mock.patch.object(_processes, "_children", return_value=None):
            self.assertEqual(sorted(pids[1:]), sorted(_processes.descendants(pids[0])))

    def test_by_environment(self):
        pids = self.tree()
        self.assertEqual(sorted(pids), sorted(_processes.with_environment(f"TRAINYARD_TEST={os.getpid()}")))

    def test_a_zombie_is_gone(self):
        process = subprocess.Popen([sys.executable, "-c", ""])
        until = time.monotonic() + support.DEADLINE
        while _processes.start_time(process.pid) is not None and time.monotonic() < until:
            time.sleep(0.01)
        self.assertIsNone(_processes.start_time(process.pid))
        self.assertNotIn(process.pid, _processes.descendants(os.getpid()))
        process.wait()


if __name__ == "__main__":
    unittest.main()
