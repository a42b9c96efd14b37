"""When a training has ended for memory: with evidence, and never without."""

import os
import signal
import subprocess
import sys
import unittest
from unittest import mock

import support
from trainyard import _memory, _processes

MB = 10**6
HOLD = r"""
import os, sys
held = bytearray(int(sys.argv[1]))
held[::4096] = bytes(len(held[::4096]))
if len(sys.argv) > 2: os.fork()
os.write(1, b"held\n")
sys.stdin.read()
"""


class Case(support.TestCase):
    def limit(self, allowed=None):
        made = _memory.Limit(allowed, "test")
        self.addCleanup(made.leave)
        return made

    def holding(self, size, *more):
        command = [sys.executable, "-c", HOLD, str(size), *more]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def end():
            process.stdin.close()
            process.stdout.close()
            process.wait()

        self.addCleanup(end)
        for _ in range(2 if more else 1):
            self.assertEqual(b"held\n", process.stdout.readline())
        return process.pid


class Watched(Case):
    """Where no control group can be made."""

    def setUp(self):
        patched = mock.patch.object(_memory.Limit, "_make_group", return_value=None)
        patched.start()
        self.addCleanup(patched.stop)

    def test_what_is_within_it_is_no_news(self):
        self.holding(60 * MB)
        self.assertIsNone(self.limit(200 * MB).exceeded(os.getpid()))

    def test_children_count(self):
        self.holding(60 * MB)
        self.holding(60 * MB)
        found = self.limit(100 * MB).exceeded(os.getpid())
        self.assertEqual(100 * MB, found["allowedBytes"])
        self.assertGreater(found["usedBytes"], 120 * MB)
        self.assertLess(found["usedBytes"], 200 * MB)

    def test_what_processes_share_counts_once(self):
        self.holding(80 * MB, "fork")
        limit = self.limit(130 * MB)
        self.assertGreater(_processes.resident(_processes.descendants(os.getpid())), 160 * MB)
        self.assertIsNone(limit.exceeded(os.getpid()))

    def test_who_enters_nothing_is_told_so(self):
        self.assertFalse(self.limit(MB).enter())
        self.assertTrue(self.limit().enter())


class Evidence(Case):
    """Of the kernel's own kills; its counters are made up here, since no machine can be run out of memory."""

    def evidence(self, killed=True, kills=(3, 4), peak=60, there=100):
        with mock.patch.object(_memory.Limit, "_kills", side_effect=kills), mock.patch.object(
            _memory, "_limit_of", return_value=there
        ), mock.patch.object(_memory, "_largest_child", return_value=peak):
            return self.limit().evidence(killed)

    def test_a_kill_that_the_kernel_counted_near_the_limit(self):
        self.assertEqual({"usedBytes": 60, "allowedBytes": 100}, self.evidence())

    def test_a_kill_that_it_did_not_count(self):
        self.assertIsNone(self.evidence(kills=(3, 3)))

    def test_another_end(self):
        self.assertIsNone(self.evidence(killed=False))

    def test_a_process_that_was_far_from_the_limit(self):
        self.assertIsNone(self.evidence(peak=40))

    def test_counters_that_do_not_tell(self):
        self.assertIsNone(self.evidence(kills=(None, None)))
        self.assertIsNone(self.evidence(there=None))

    def test_the_machine_has_memory_and_its_counter_is_read(self):
        self.assertGreater(_memory._limit_of(_memory._own_group()), 100 * MB)
        self.assertIsInstance(self.limit()._kills(), int)


class Group(Case):
    def test_a_group_limits_counts_and_goes(self):
        limit = self.limit(80 * MB)
        if limit.group is None:
            self.skipTest("no control group can be made here")
        child = os.fork()
        if child == 0:
            os._exit(0 if limit.enter() and not bytearray(300 * MB) else 1)
        _, status = os.waitpid(child, 0)
        self.assertEqual(signal.SIGKILL, os.WTERMSIG(status))
        found = limit.evidence(True)
        self.assertEqual(80 * MB, found["allowedBytes"])
        self.assertEqual(found, limit.exceeded(os.getpid()))
        group = limit.group
        limit.leave()
        self.assertFalse(os.path.exists(group))


if __name__ == "__main__":
    unittest.main()
