"""Could this file bind that name?"""

import json
import os
import subprocess
import sys
import unittest

import support
from trainyard import _check

MAY = {
    "a function": ("def train(context): pass", "train"),
    "an async function": ("async def train(context): pass", "train"),
    "a decorated function": ("@wrap\ndef train(context): pass", "train"),
    "a class": ("class train: pass", "train"),
    "a method": ("class Trainer:\n def fit(self, context): pass", "Trainer.fit"),
    "a method that is assigned": ("class Trainer:\n fit = other", "Trainer.fit"),
    "a method under a condition": ("class Trainer:\n if FAST:\n  def fit(self): pass", "Trainer.fit"),
    "an inherited method": ("from base import Base\nclass Trainer(Base): pass", "Trainer.fit"),
    "a method by a metaclass": ("class Trainer(metaclass=Meta): pass", "Trainer.fit"),
    "a method by a decorator": ("@dataclass\nclass Trainer: pass", "Trainer.fit"),
    "a method of an instance": ("class A: pass\ntrainer = A()", "trainer.fit"),
    "a method put into a class": ("class Trainer: pass\nTrainer.fit = fit", "Trainer.fit"),
    "a class that is bound twice": ("class Trainer: pass\nTrainer = make()", "Trainer.fit"),
    "an import": ("import train", "train"),
    "an import by its first part": ("import train.deep", "train"),
    "import as": ("import other as train", "train"),
    "from import": ("from other import train", "train"),
    "from import as": ("from other import fit as train", "train"),
    "import *": ("from other import *", "train"),
    "global in a function": ("def set_up():\n global train\n train = 1", "train"),
    "an assignment": ("train = make()", "train"),
    "a tuple": ("evaluate, (train, *rest) = make()", "train"),
    "the rest of a tuple": ("evaluate, *train = make()", "train"),
    "an annotated assignment": ("train: object = make()", "train"),
    "a walrus": ("print(train := make())", "train"),
    "a walrus in a default": ("def f(x=(train := 1)): pass", "train"),
    "a walrus in a comprehension": ("[(train := x) for x in y]", "train"),
    "for": ("for train in make(): pass", "train"),
    "with": ("with make() as train: pass", "train"),
    "except as": ("try: pass\nexcept ValueError as train: pass", "train"),
    "try": ("try:\n from fast import train\nexcept ImportError:\n def train(): pass", "train"),
    "if": ("if FAST:\n def train(): pass", "train"),
    "globals()": ("globals()['tra' + 'in'] = make()", "train"),
    "exec": ("exec(text)", "train"),
    "setattr": ("setattr(sys.modules[__name__], 'train', 1)", "train"),
    "an attribute of the module": ("sys.modules[__name__].train = 1", "train"),
    "the module's __dict__": ("sys.modules[__name__].__dict__.update(more)", "train"),
    "a module that answers": ("def __getattr__(name): pass", "train"),
    "a byte-order mark": ("\ufeffdef train(): pass", "train"),
}
IF_MATCH = {
    "a pattern": ("match x:\n case [train]: pass", "train"),
    "the rest of a pattern": ("match x:\n case [1, *train]: pass", "train"),
    "the rest of a mapping": ("match x:\n case {'a': 1, **train}: pass", "train"),
}

CANNOT = {
    "nothing": ("", "train", 'model.py has no function "train".'),
    "another one": ("def fit(): pass", "train", 'model.py has no function "train"; it has fit.'),
    "private ones aren't offered": ("def _fit(): pass", "train", 'model.py has no function "train".'),
    "only used": ("train()", "train", 'model.py has no function "train".'),
    "only a method": ("class A:\n def train(self): pass", "train", 'model.py has no function "train".'),
    "only inside a function": (
        "def f():\n def train(): pass\n return train",
        "train",
        'model.py has no function "train"; it has f.',
    ),
    "only a parameter": ("def f(train): pass", "train", 'model.py has no function "train"; it has f.'),
    "no class": ("def fit(): pass", "Trainer.fit", 'model.py has no class "Trainer"; it has fit.'),
    "no method": (
        "class Trainer:\n def train(self): pass",
        "Trainer.fit",
        'model.py has no method "fit" in the class "Trainer".',
    ),
    "another class's method": (
        "class Trainer: pass\nclass Other:\n def fit(self): pass",
        "Trainer.fit",
        'model.py has no method "fit" in the class "Trainer".',
    ),
}


class Check(unittest.TestCase):
    def test_what_may_bind(self):
        cases = {**MAY, **(IF_MATCH if sys.version_info >= (3, 10) else {})}
        for title, (text, name) in cases.items():
            with self.subTest(title):
                self.assertIsNone(_check.check(text.encode(), "model.py", name))

    def test_what_cannot(self):
        for title, (text, name, message) in CANNOT.items():
            with self.subTest(title):
                self.assertEqual(message, _check.check(text.encode(), "model.py", name))

    def test_a_syntax_error_is_told_with_its_line(self):
        told = _check.check(b"import os\n\ndef train(:\n  pass\n", "deep/model.py", "train")
        self.assertRegex(told, r"^deep/model\.py:3: .+\.$")

    def test_what_is_no_text(self):
        for text in (b"\0", b"# coding: nonsense\n", b"x = '\xff'\n"):
            with self.subTest(text):
                self.assertRegex(_check.check(text, "model.py", "train"), r"^model\.py.*\.$")


class Program(support.TestCase):
    def test_answers_in_json_and_runs_nothing_of_the_file(self):
        folder = self.folder()
        path = self.write(
            folder, "model.py", f"open({os.path.join(folder, 'ran')!r}, 'w')\ndef fit(): pass\n"
        )
        script = os.path.join(support.RUNNER, "trainyard", "_check.py")
        told = subprocess.check_output([sys.executable, "-I", script, path, "model.py", "train"])
        self.assertEqual(
            {"problem": 'model.py has no function "train"; it has fit.'}, json.loads(told.decode())
        )
        self.assertEqual(["model.py"], os.listdir(folder))


if __name__ == "__main__":
    unittest.main()
