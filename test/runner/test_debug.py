"""A train function called outside the queue, as a debugger does it."""

import json
import os
import subprocess
import sys
import unittest

import support

TRAIN = """
import os
import sys

import helper
import trainyard


class Trainer:
    def fit(self, context, lr):
        print(__file__, os.getcwd(), lr, helper.WORD, sys.argv)
        print(context.model, context.dataset, context.attempt, context.resume_from, context.should_stop)
        context.log(epoch=1, figures={"loss": {"train": 0.5}})
        context.progress(1, 2)
        context.checkpoint(os.path.join(context.output_dir, "last.bin"))
        trainyard.log(epoch=2, accuracy=trainyard.config["lr"])
        if lr > 1:
            raise ValueError("lr is too large")
"""


class Debug(support.TestCase):
    def debugged(self, lr):
        project, work = self.folder(), self.folder()
        os.mkdir(os.path.join(project, "lib"))
        self.write(project, "helper.py", "WORD = 'helped'")
        self.write(project, "lib/train.py", TRAIN)
        spec = {
            "project": project,
            "train": "lib/train.py:Trainer.fit",
            "dataset": "data",
            "config": {"lr": lr},
            "model": {"id": "debug", "name": "small", "version": 4},
            "executionId": "debug",
            "attempt": 1,
            "outputDir": work,
        }
        file = self.write(work, "spec.json", json.dumps(spec))
        script = os.path.join(support.RUNNER, "trainyard_debug.py")
        # No backend, and nothing of one in the environment.
        env = {name: value for name, value in os.environ.items() if not name.startswith("TRAINYARD_")}
        result = subprocess.run(
            [sys.executable, "-B", script, file],
            cwd=work,
            env=env,
            capture_output=True,
            text=True,
            timeout=support.DEADLINE,
            check=False,
        )
        return project, result

    def test_it_gets_what_a_training_gives_it_and_prints_what_it_logs(self):
        project, result = self.debugged(0.1)
        self.assertEqual("", result.stderr)
        self.assertEqual(0, result.returncode)
        path = os.path.join(project, "lib", "train.py")
        self.assertEqual(
            [
                f"{path} {project} 0.1 helped {[path]}",
                "{'id': 'debug', 'name': 'small', 'version': 4} data 1 None False",
                "epoch 1 loss/train 0.5",
                "epoch 2 accuracy 0.1",
            ],
            result.stdout.splitlines(),
        )

    def test_an_exception_ends_it_as_any_program(self):
        _, result = self.debugged(2)
        self.assertEqual(1, result.returncode)
        self.assertIn("ValueError: lr is too large", result.stderr)


if __name__ == "__main__":
    unittest.main()
