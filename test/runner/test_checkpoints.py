"""A checkpoint that is made known has a whole copy, or what tells whether the original has changed."""

import contextlib
import io
import json
import os
import stat
import subprocess
import sys
import time
import unittest
from unittest import mock

import support
from trainyard import _checkpoints, _context


class Lines:
    """In the reporter's place: it keeps the lines, as long as there is room."""

    def __init__(self):
        self.lines = []
        self.room = True

    def write(self, line):
        if self.room:
            self.lines.append(json.loads(line))
        return self.room


class Case(support.TestCase):
    def setUp(self):
        self.project = self.folder()
        self.copies = os.path.join(self.folder(), "checkpoints")
        self.reporter = Lines()
        self.context = _context.Context({"checkpointDir": self.copies}, None, self.reporter)

    def checkpoint(self, path):
        """Makes it known; what was told of it."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.context.checkpoint(path)
        self.assertEqual("", said.getvalue())
        return self.reporter.lines[-1]

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def kept(self):
        return sorted(os.listdir(self.copies)) if os.path.exists(self.copies) else []


class Copies(Case):
    def test_a_file_has_a_copy_of_the_same_name_size_and_time(self):
        path = self.write(self.project, "last.pt", "one")
        os.utime(path, ns=(1_700_000_000_123_456_789, 1_700_000_000_123_456_789))
        told = self.checkpoint(path)
        self.write(self.project, "last.pt", "overwritten")
        self.assertEqual(("last.pt", "one"), (os.path.basename(told["copy"]), self.read(told["copy"])))
        self.assertEqual((3, 1_700_000_000_123_456), (told["size"], told["changed"]))
        found = os.stat(told["copy"])
        self.assertEqual(told["changed"], found.st_mtime_ns // 1000)
        self.assertEqual(0o600, stat.S_IMODE(found.st_mode))

    def test_the_last_two_are_kept_however_many_there_are(self):
        path = self.write(self.project, "last.pt", "")
        for n in range(200):
            self.write(self.project, "last.pt", str(n))
            self.checkpoint(path)
        kept = [self.read(os.path.join(self.copies, n, "last.pt")) for n in self.kept()]
        self.assertEqual(["198", "199"], kept)
        self.assertEqual(1, len({line["path"] for line in self.reporter.lines}))

    def test_a_copy_is_made_by_hand_where_the_kernel_does_not_or_stops_in_the_middle(self):
        content = "0123456789" * 300_000
        path = self.write(self.project, "last.pt", content)

        def some(source, target, _):
            if os.lseek(target, 0, os.SEEK_CUR) > 0:
                raise OSError("cross-device link")
            return os.write(target, os.read(source, 1_000_001))

        for doubled in (some, mock.Mock(side_effect=OSError("not here")), mock.Mock(return_value=0)):
            with mock.patch("os.copy_file_range", doubled, create=True):
                self.assertEqual(content, self.read(self.checkpoint(path)["copy"]))

    def test_none_is_deleted_before_a_newer_one_is_known(self):
        path = self.write(self.project, "last.pt", "one")
        first = self.checkpoint(path)["copy"]
        second = self.checkpoint(path)["copy"]
        self.reporter.room = False
        self.context.checkpoint(path)
        self.assertEqual([first, second], [os.path.join(self.copies, n, "last.pt") for n in self.kept()])

    def test_what_another_process_makes_meanwhile_stays(self):
        path = self.write(self.project, "last.pt", "one")
        newer = os.path.join(self.copies, f"{time.monotonic_ns() + 10**12:020d}-1")
        os.makedirs(newer)
        at_work = os.path.join(self.copies, f"{0:020d}-{os.getppid()}.half")
        os.makedirs(at_work)
        for _ in range(4):
            self.checkpoint(path)
        self.assertEqual(4, len(self.kept()))
        self.assertTrue(os.path.exists(newer) and os.path.exists(at_work))

    def test_what_a_process_left_half_made_goes(self):
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        half = os.path.join(self.copies, f"{time.monotonic_ns():020d}-{gone.pid}.half")
        os.makedirs(half)
        self.write(half, "last.pt", "o")
        self.checkpoint(self.write(self.project, "last.pt", "one"))
        self.assertFalse(os.path.exists(half))

    def test_of_processes_that_make_theirs_at_once_one_is_there_at_any_moment(self):
        path = self.write(self.project, "last.pt", "one" * 1000)
        children = []
        for _ in range(6):
            child = os.fork()
            if child == 0:
                status = 1
                with contextlib.suppress(BaseException):
                    for _ in range(30):
                        self.context.checkpoint(path)
                        self.assertTrue([n for n in self.kept() if not n.endswith(".half")])
                    status = 0
                os._exit(status)
            children.append(child)
        self.assertEqual([0] * 6, [os.waitpid(child, 0)[1] for child in children])
        self.checkpoint(path)
        self.assertEqual(2, len(self.kept()))


class Originals(Case):
    """What has no copy is told by size and time."""

    def assert_by_itself(self, path):
        told = self.checkpoint(path)
        found = os.stat(path)
        self.assertEqual((None, found.st_size), (told.get("copy"), told["size"]))
        self.assertEqual(found.st_mtime_ns // 1000, told["changed"])
        self.assertEqual([], self.kept())

    def test_a_file_that_is_too_large(self):
        path = self.write(self.project, "last.pt", "")
        os.truncate(path, _checkpoints.MOST_BYTES + 1)
        began = time.monotonic()
        self.assert_by_itself(path)
        self.assertLess(time.monotonic() - began, 1)

    def test_a_disk_with_no_room_to_spare(self):
        path = self.write(self.project, "last.pt", "x" * 1000)
        with mock.patch.object(_checkpoints, "_free", return_value=1000 * _checkpoints.ROOM - 1):
            self.assert_by_itself(path)

    def test_a_disk_that_fills_up_meanwhile(self):
        path = self.write(self.project, "last.pt", "x" * 5_000_000)
        full = OSError(28, "No space left on device")
        with mock.patch("os.copy_file_range", side_effect=full, create=True), mock.patch(
            "os.write", side_effect=full
        ):
            self.assert_by_itself(path)

    def test_a_run_that_was_removed(self):
        self.context._checkpoint_dir = os.path.join(self.folder(), "gone", "checkpoints")
        self.assert_by_itself(self.write(self.project, "last.pt", "x"))

    def test_one_that_somebody_else_writes_meanwhile(self):
        path = self.write(self.project, "last.pt", "x" * 1000)
        read = _checkpoints._copy_by_hand

        def written_to(source, target):
            with open(path, "a", encoding="utf-8") as file:
                file.write("more")
            read(source, target)

        with mock.patch.object(_checkpoints, "_copy_in_kernel", return_value=0), mock.patch.object(
            _checkpoints, "_copy_by_hand", written_to
        ):
            told = self.checkpoint(path)
        self.assertEqual((1000, []), (told["size"], self.kept()))
        self.assertNotIn("copy", told)

    def test_a_change_right_after_shows_in_the_time(self):
        self.context._checkpoint_dir = None
        path = self.write(self.project, "last.pt", "x")
        for _ in range(20):
            self.write(self.project, "last.pt", "x")
            told = self.checkpoint(path)
            self.write(self.project, "last.pt", "y")
            self.assertNotEqual(told["changed"], os.stat(path).st_mtime_ns // 1000)

    def test_a_folder_by_all_that_is_in_it(self):
        folder = os.path.join(self.project, "last")
        os.makedirs(os.path.join(folder, "deep"))
        self.write(folder, "a", "xx")
        inside = self.write(os.path.join(folder, "deep"), "b", "xxx")
        os.symlink("/usr", os.path.join(folder, "elsewhere"))
        later = time.time_ns() + 10**9
        os.utime(inside, ns=(later, later))
        told = self.checkpoint(folder)
        self.assertEqual((5 + len("/usr"), later // 1000), (told["size"], told["changed"]))
        self.assertNotIn("copy", told)

    def test_a_folder_with_too_much_in_it_is_made_known_alone(self):
        for n in range(4):
            self.write(self.project, str(n), "")
        with mock.patch.object(_checkpoints, "MOST_IN_FOLDER", 3):
            self.assertEqual({"t", "k", "path"}, set(self.checkpoint(self.project)))

    def test_what_is_neither_a_file_nor_a_folder_is_not_read(self):
        path = os.path.join(self.project, "pipe")
        os.mkfifo(path)
        self.assertNotIn("copy", self.checkpoint(path))


if __name__ == "__main__":
    unittest.main()
