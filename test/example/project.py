"""The example project, ready to import, and a stand-in for the context that a train function gets."""

import json
import os
import re
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "media" / "example"

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as train.py does; the machine has other work
sys.dont_write_bytecode = True  # media/example is packed as it lies
sys.path.insert(0, str(FOLDER))


def settings():
    """trainyard.json as the program reads it: JSON with comments."""
    return json.loads(re.sub(r"//.*", "", (FOLDER / "trainyard.json").read_text(encoding="utf-8")))


def config(model="shapes-tiny", **changes):
    return {**settings()["models"][model]["config"], **changes}


class Context:
    """A test double of Trainyard's context: it remembers what was reported."""

    def __init__(self, config, output_dir, resume_from=None, stop_at=None):
        self.config, self.output_dir, self.resume_from = config, str(output_dir), resume_from
        self.logged, self.progressed, self.checkpoints = {}, [], []
        self.asked, self.stop_at = 0, stop_at

    @property
    def should_stop(self):
        self.asked += 1
        return self.stop_at is not None and self.asked >= self.stop_at

    def log(self, epoch, figures):
        self.logged[epoch] = figures

    def progress(self, done, total):
        self.progressed.append((done, total))

    def checkpoint(self, path):
        self.checkpoints.append(path)
