"""What Python runs first in every process of a training, and what it brings about."""

import os
import subprocess
import sys

from support import RUNNER, TestCase

#: An environment in which a training seems to run.
TRAINING = {"TRAINYARD_START_FOLDER": "/nowhere"}


class Hooks(TestCase):
    def python(self, code, places=(), env=None):
        """What an interpreter prints that has the runner and these places on its path."""
        path = os.pathsep.join([RUNNER, *places])
        env = {**os.environ, **TRAINING, **(env or {}), "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-B", "-c", code],
            env=env,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip(), done.stderr.strip()

    def fake_library(self, text="class BaseTrainer:\n    def run_callbacks(self, event):\n        pass\n"):
        place = self.folder()
        os.makedirs(os.path.join(place, "ultralytics", "engine"))
        self.write(place, "ultralytics/__init__.py", "")
        self.write(place, "ultralytics/engine/__init__.py", "")
        self.write(place, "ultralytics/engine/trainer.py", text)
        return place

    def test_a_training_without_the_library_imports_nothing_for_it(self):
        code = (
            "import sys; print([name for name in sys.modules if 'trainyard' in name or name == 'functools'])"
        )
        without = subprocess.run(
            [sys.executable, "-B", "-c", code], capture_output=True, text=True, timeout=20, check=True
        )
        self.assertEqual(self.python(code)[0], without.stdout.strip())

    def test_it_runs_the_one_that_it_hides_and_gives_it_its_name(self):
        place = self.folder()
        self.write(place, "sitecustomize.py", "import os\nos.environ['HIDDEN'] = __file__\nMARK = 7\n")
        code = "import os, sitecustomize; print(os.environ['HIDDEN'], sitecustomize.MARK)"
        printed, said = self.python(code, [place])
        self.assertEqual((printed, said), (f"{os.path.join(place, 'sitecustomize.py')} 7", ""))

    def test_the_trainer_is_wrapped_when_it_is_imported_by_the_training_itself(self):
        code = (
            "import sys, ultralytics\n"
            "assert 'trainyard._ultralytics' not in sys.modules\n"
            "from ultralytics.engine.trainer import BaseTrainer\n"
            "print(BaseTrainer.run_callbacks.__name__, BaseTrainer.run_callbacks.__wrapped__ is not None)\n"
            "import inspect; module = sys.modules['ultralytics.engine.trainer']\n"
            "print('def run_callbacks' in inspect.getsource(module))"
        )
        printed, said = self.python(code, [self.fake_library()])
        self.assertEqual((printed, said), ("run_callbacks True\nTrue", ""))

    def test_elsewhere_than_in_a_training_nothing_is_wrapped(self):
        code = (
            "from ultralytics.engine.trainer import BaseTrainer\n"
            "print(hasattr(BaseTrainer.run_callbacks, '__wrapped__'))"
        )
        place = self.fake_library()
        env = {name: value for name, value in os.environ.items() if name != "TRAINYARD_START_FOLDER"}
        env["PYTHONPATH"] = os.pathsep.join([RUNNER, place])
        done = subprocess.run(
            [sys.executable, "-B", "-c", code],
            env=env,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        self.assertEqual(done.stdout.strip(), "False")

    def test_a_library_that_is_other_than_known_works_and_one_line_says_that_it_is_not_reported(self):
        printed, said = self.python(
            "import ultralytics.engine.trainer; print('fine')", [self.fake_library("x = 1\n")]
        )
        self.assertEqual(printed, "fine")
        self.assertEqual(len(said.splitlines()), 1)
        self.assertIn("ultralytics.engine.trainer isn't reported", said)
