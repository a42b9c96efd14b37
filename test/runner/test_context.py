"""What a training tells of itself: as it is meant, warned about once where it can't be, never raised."""

import contextlib
import io
import json
import os
import unittest
from collections import OrderedDict

import support
from trainyard import _context


class Lines:
    """In the reporter's place: it keeps the lines."""

    def __init__(self):
        self.lines = []

    def write(self, line):
        self.lines.append(json.loads(line))


class Number:
    """As an array library's scalar: it can be made a float, and is none."""

    def __init__(self, value):
        self.value = value

    def __float__(self):
        return float(self.value)


class Broken:
    def __float__(self):
        raise RuntimeError("a tensor with 2 elements can't be a scalar")

    def __repr__(self):
        raise RuntimeError("can't be shown either")


class Context(support.TestCase):
    def setUp(self):
        self.reporter = Lines()
        self.context = _context.Context({}, None, self.reporter)

    def logged(self, *args, **named):
        """The figures that came of it, and what was said to standard error."""
        before = len(self.reporter.lines)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.context.log(*args, **named)
        lines = self.reporter.lines[before:]
        return [tuple(one) for line in lines for one in line["f"]], said.getvalue()

    def test_numbers_and_legends(self):
        figures = {"loss": {"train": 0.25, "val": 1}, "lr": 1e-5}
        self.context.log(epoch=1, step=20, figures=figures, extra=True)
        (line,) = self.reporter.lines
        self.assertEqual((1, 20), (line["e"], line["s"]))
        self.assertGreater(line["t"], 1_600_000_000_000)
        self.assertEqual(
            [["loss", "train", 0.25], ["loss", "val", 1.0], ["lr", "", 1e-5], ["extra", "", 1.0]], line["f"]
        )

    def test_neither_epoch_nor_step(self):
        self.context.log(loss=1)
        self.assertEqual({"t", "f"}, set(self.reporter.lines[0]))

    def test_a_figure_keeps_every_digit(self):
        y = 0.1 + 0.2
        self.assertEqual(([("loss", "", y)], ""), self.logged(loss=y))

    def test_what_json_has_no_number_for(self):
        figures, _ = self.logged(a=float("nan"), b=float("inf"), c=-float("inf"), d=1e308)
        self.assertEqual(
            [("a", "", "NaN"), ("b", "", "Infinity"), ("c", "", "-Infinity"), ("d", "", 1e308)], figures
        )

    def test_what_is_like_a_number(self):
        self.assertEqual(([("a", "x", 0.5)], ""), self.logged(a=OrderedDict(x=Number(0.5)), epoch=Number(2)))
        self.assertEqual(2, self.reporter.lines[0]["e"])

    def test_an_epoch_that_is_no_number_is_left_out(self):
        for epoch in (float("nan"), float("inf"), "last", Broken(), 10**400):
            self.logged(epoch=epoch, loss=1)
            self.assertNotIn("e", self.reporter.lines[-1])

    def test_a_fraction_of_an_epoch(self):
        self.logged(epoch=0.5, loss=1)
        self.assertEqual(0.5, self.reporter.lines[-1]["e"])

    def test_what_is_no_number_is_left_out_and_the_rest_is_kept(self):
        for value in (None, "much", [1, 2], {"a": None}, Broken(), 10**400, "x" * 1_000_000):
            context = self.context = _context.Context({}, None, self.reporter)
            with self.subTest(type(value).__name__):
                figures, said = self.logged(bad=value, good=1)
                self.assertEqual([("good", "", 1.0)], figures)
                self.assertRegex(said, r"^Trainyard: bad.* is left out: .* is no number\n$")
                self.assertLess(len(said), 200)
                self.assertIs(context, self.context)
                self.assertEqual("", self.logged(bad=value)[1], "said again")

    def test_figures_that_are_none_at_all(self):
        for figures in ([1, 2], "loss", 5, Broken()):
            self.assertEqual([], self.logged(figures=figures)[0])

    def test_nothing_is_logged_of_nothing(self):
        self.assertEqual(([], ""), self.logged(epoch=1))
        self.assertEqual([], self.logged(epoch=1, figures={"": 1})[0])
        self.assertEqual([], self.reporter.lines)

    def test_names_that_are_no_words(self):
        name = '"\\\n\ud800 \N{GRINNING FACE}'
        figures, _ = self.logged(figures={3: {None: 1}, name: 2})
        self.assertEqual([("3", "None", 1.0), (name, "", 2.0)], figures)

    def test_long_names_are_cut_where_the_backend_would_refuse_them(self):
        figures, _ = self.logged(figures={"a" * 300: 1, "\N{GRINNING FACE}" * 300: 2})
        self.assertEqual([("a" * 200, "", 1.0), ("\N{GRINNING FACE}" * 100, "", 2.0)], figures)

    def test_standard_error_that_is_closed(self):
        closed = io.StringIO()
        closed.close()
        with contextlib.redirect_stderr(closed):
            self.context.log(bad="x", good=1)
        self.assertEqual(1, len(self.reporter.lines))

    def test_progress(self):
        self.context.progress(1, Number(3))
        self.context.progress(1.5, 3, unit="GB")
        self.assertEqual([[1, 3, "epoch"], [1.5, 3, "GB"]], [line["p"] for line in self.reporter.lines])

    def test_progress_that_is_none(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            for done, total in ((None, 3), (1, "many"), (-1, 3), (float("nan"), 1), (1, float("inf"))):
                self.context.progress(done, total)
        self.assertEqual([], self.reporter.lines)
        self.assertEqual(1, said.getvalue().count("\n"))

    def test_a_checkpoint_and_an_artifact(self):
        folder = self.folder()
        path = self.write(folder, "last.npz", "")
        self.context.checkpoint(path)
        self.context.artifact(os.path.relpath(path))
        self.context.artifact(path.encode())
        told = [(line["k"], line["path"]) for line in self.reporter.lines]
        self.assertEqual([("checkpoint", path), ("artifact", path), ("artifact", path)], told)

    def test_a_checkpoint_that_isn_t_there(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            for path in ("/nowhere/last.npz", "/nowhere/last.npz", None, 7, Broken(), "a\0b"):
                self.context.checkpoint(path)
        self.assertEqual([], self.reporter.lines)
        self.assertEqual(1, said.getvalue().count("/nowhere/last.npz"))

    def test_it_should_stop_once_the_user_asked(self):
        folder = self.folder()
        context = _context.Context({}, folder, self.reporter)
        self.assertFalse(context.should_stop)
        self.write(folder, "stop.json", "{}")
        self.assertTrue(context.should_stop)


class Standalone(support.TestCase):
    """`import trainyard` where no Trainyard runs the script."""

    def run_alone(self, code, **env):
        return support.run_python(code, env)

    def test_prints_one_line_an_epoch_and_does_nothing_else(self):
        done = self.run_alone(
            "import trainyard\n"
            "for epoch in range(2):\n"
            "    loss = {'train': .5, 'val': float('nan')}\n"
            "    trainyard.log(epoch=epoch + 1, figures={'loss': loss}, lr=1e-5)\n"
            "    trainyard.progress(epoch + 1, 2)\n"
            "    trainyard.checkpoint('/nowhere')\n"
            "trainyard.log(step=7, loss=1)\n"
            "trainyard.log(loss=1)\n"
            "assert trainyard.should_stop is False and trainyard.config == {} and trainyard.attempt == 1\n"
            "assert trainyard.resume_from is None and trainyard.dataset is None\n"
        )
        self.assertEqual("", done.stderr)
        self.assertEqual(
            "epoch 1 loss/train 0.5 loss/val nan lr 1e-05\n"
            "epoch 2 loss/train 0.5 loss/val nan lr 1e-05\n"
            "step 7 loss 1\n"
            "loss 1\n",
            done.stdout,
        )

    def test_prints_the_steps_of_an_epoch_once_it_is_over(self):
        done = self.run_alone(
            "import trainyard\n"
            "for epoch in (1, 2):\n"
            "    for step in range(50):\n"
            "        trainyard.log(epoch=epoch, step=step, loss=step / 2)\n"
            "    if epoch == 1: trainyard.log(epoch=epoch, mAP=0.5)\n"
            "for step in range(50): trainyard.log(step=step, lr=1)\n"
            "trainyard.log(epoch=3, step=0, loss=7)\n"
        )
        self.assertEqual(
            "epoch 1 mAP 0.5\nepoch 1 step 49 loss 24.5\nepoch 2 step 49 loss 24.5\n"
            "step 0 lr 1\nepoch 3 step 0 loss 7\n",
            done.stdout,
        )

    def test_from_import_works_and_what_isn_t_there_is_told(self):
        code = (
            "from trainyard import log, output_dir\nlog(epoch=1, loss=2)\n"
            "import trainyard\ntry: trainyard.nonsense\nexcept AttributeError as e: print(e)\n"
        )
        told = "epoch 1 loss 2\nmodule 'trainyard' has no attribute 'nonsense'\n"
        self.assertEqual(told, self.run_alone(code).stdout)

    def test_a_start_folder_that_is_gone_or_broken(self):
        broken = self.folder()
        self.write(broken, "start.json", "{")
        for folder in (os.path.join(broken, "gone"), broken):
            done = self.run_alone(
                "import trainyard\ntrainyard.log(epoch=1, loss=2)", TRAINYARD_START_FOLDER=folder
            )
            self.assertEqual(("epoch 1 loss 2\n", ""), (done.stdout, done.stderr))

    def test_a_reader_that_went_away_kills_nothing(self):
        done = self.run_alone(
            "import os, sys, trainyard\n"
            "reader, writer = os.pipe()\nos.close(reader)\nos.dup2(writer, 1)\n"
            "trainyard.log(epoch=1, loss=2)\nos._exit(0)\n"
        )
        self.assertEqual(0, done.returncode)


if __name__ == "__main__":
    unittest.main()
