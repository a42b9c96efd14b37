"""The example as a user meets it: it trains, learns, stops, resumes, and does the same again."""

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

from detector import Detector
from project import FOLDER, Context, config, settings
from train import train

LOSSES = ["box_loss", "cls_loss", "dfl_loss"]
QUALITY = ["mAP50(B)", "mAP50-95(B)", "precision(B)", "recall(B)"]
BRIEF = {"epochs": 4, "pictures": 48, "size": 32}


class Training(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_it(self, config, **more):
        context = Context(config, self.folder, **more)
        self.printed = io.StringIO()
        with contextlib.redirect_stdout(self.printed):
            train(context)
        return context

    def test_it_learns(self):
        tiny = self.run_it(config("shapes-tiny")).logged
        first, last = tiny[1], tiny[max(tiny)]
        for name in LOSSES:
            for legend in ("train", "val"):
                self.assertLess(last[name][legend], 0.75 * first[name][legend], (name, legend))
        for name in QUALITY:
            self.assertGreater(last[name]["val"], first[name]["val"], name)
        self.assertGreater(last["mAP50(B)"]["val"], 0.8)

    def test_every_epoch_reports_the_figures_of_a_detector(self):
        run = self.run_it(config(**BRIEF))
        self.assertEqual(list(run.logged), [1, 2, 3, 4])
        for figures in run.logged.values():
            self.assertEqual(list(figures), LOSSES + QUALITY)
            for name, legends in figures.items():
                self.assertEqual(list(legends), ["train", "val"] if name in LOSSES else ["val"])
                self.assertTrue(all(type(y) is float and np.isfinite(y) for y in legends.values()), name)
                self.assertTrue(name in LOSSES or 0 <= legends["val"] <= 1)
        json.dumps(run.logged)

    def test_every_epoch_reports_progress_a_checkpoint_and_one_line(self):
        run = self.run_it(config(**BRIEF))
        self.assertEqual(run.progressed, [(1, 4), (2, 4), (3, 4), (4, 4)])
        self.assertEqual(run.checkpoints, [str(self.folder / "last.npz")] * 4)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["last.npz"])
        lines = self.printed.getvalue().splitlines()
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[0], r"^epoch  1/4  box_loss \d\.\d{3}  .*recall\(B\) \d\.\d{3}$")

    def test_the_same_seed_gives_the_same_figures_and_another_seed_others(self):
        one, same, other = (self.run_it(config(**BRIEF, seed=seed)).logged for seed in (1, 1, 2))
        self.assertEqual(one, same)
        self.assertNotEqual(one, other)

    def test_another_process_with_other_threads_gives_the_same_figures_to_the_last_bit(self):
        program = (
            "import json, sys; sys.dont_write_bytecode = True; sys.path[:0] = sys.argv[1:3]\n"
            "from train import train; from project import Context\n"  # train sets the threads: it comes first
            "context = Context(json.loads(sys.argv[3]), sys.argv[4])\n"
            "train(context); print(json.dumps(context.logged))"
        )
        arguments = [str(FOLDER), str(Path(__file__).parent), json.dumps(config(**BRIEF)), str(self.folder)]
        outputs = []
        for threads in ("1", "2"):
            environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
            command = [sys.executable, "-c", program, *arguments]
            outputs.append(
                subprocess.run(
                    command, env=environment, stdout=subprocess.PIPE, check=True, timeout=60
                ).stdout
            )
        self.assertEqual(*outputs)

    def test_it_stops_within_a_batch_and_reports_no_half_epoch(self):
        batches = 48 // config()["batch"]
        run = self.run_it(config(**BRIEF), stop_at=batches + 3)
        self.assertEqual(run.asked, batches + 3)
        self.assertEqual(list(run.logged), [1])

    def test_it_resumes_to_the_same_figures_as_if_it_had_never_stopped(self):
        whole = self.run_it(config(**BRIEF)).logged
        stopped = self.run_it(config(**BRIEF), stop_at=2 * 48 // config()["batch"] + 1)
        resumed = self.run_it(config(**BRIEF), resume_from=stopped.checkpoints[-1])
        self.assertEqual(list(resumed.logged), [3, 4])
        self.assertEqual({**stopped.logged, **resumed.logged}, whole)

    def test_a_checkpoint_cut_short_leaves_the_one_before_whole(self):
        path = str(self.folder / "last.npz")
        Detector(1).save(path, 3)
        before = Path(path).read_bytes()

        def dies_half_way(file, **_):
            file.write(b"half")
            raise KeyboardInterrupt

        with mock.patch("numpy.savez", dies_half_way), self.assertRaises(KeyboardInterrupt):
            Detector(2).save(path, 4)
        self.assertEqual(Path(path).read_bytes(), before)
        self.assertEqual(Detector(2).load(path), 3)

    def test_a_learning_rate_far_too_high_is_reported_not_fatal(self):
        with np.errstate(all="ignore"):
            run = self.run_it(config(**{**BRIEF, "lr": 1e6}))
        self.assertEqual(list(run.logged), [1, 2, 3, 4])


class Project(unittest.TestCase):
    def test_every_model_names_an_architecture_of_the_project_and_its_train_function(self):
        project = settings()
        self.assertEqual(set(project["models"]), {"shapes-small", "shapes-tiny"})
        for model in project["models"].values():
            architecture = project["architectures"][model["architecture"]]
            file, function = architecture["train"].split(":")
            tree = ast.parse((FOLDER / file).read_text(encoding="utf-8"))
            self.assertIn(function, [node.name for node in tree.body if isinstance(node, ast.FunctionDef)])
            self.assertTrue((FOLDER / architecture["requirements"]).is_file())
            self.assertEqual(architecture["service"], {"instance": "cpu"})

    def test_it_is_python_3_8_and_needs_numpy_alone(self):
        own = {path.stem for path in FOLDER.glob("*.py")}
        for path in FOLDER.glob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
            for node in ast.walk(tree):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) else []
                for name in names:
                    self.assertIn(name.split(".")[0], own | {"math", "os", "typing", "numpy"}, path.name)
        self.assertRegex((FOLDER / "requirements.txt").read_text(encoding="utf-8"), r"^numpy[^\n]*\n$")


if __name__ == "__main__":
    unittest.main()
