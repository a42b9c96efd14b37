"""What a train function is given, whatever it takes; and where it failed."""

import functools
import os
import sys
import unittest

import support
from trainyard import _child, _context

CONFIG = {"lr": 0.1, "epochs": 3, "context": "the configuration's own"}


def called(train, config=None):
    """What `train` received: its positional arguments and its named ones."""
    context = _context.Context({"config": CONFIG if config is None else config}, None, None)
    _child._call(train, context)
    return context


class Call(unittest.TestCase):
    def setUp(self):
        self.got = None

    def given(self, *args, **named):
        self.got = (args, named)

    def test_the_context_alone(self):
        def train(context):
            self.given(context)

        context = called(train)
        self.assertEqual(((context,), {}), self.got)

    def test_the_context_by_any_name_and_all_of_the_configuration(self):
        def train(ctx, **config):
            self.given(ctx, **config)

        context = called(train)
        self.assertEqual(((context,), CONFIG), self.got)

    def test_what_it_names_and_nothing_else(self):
        def train(context, lr, momentum=0.9):
            self.given(context, lr, momentum)

        context = called(train)
        self.assertEqual(((context, 0.1, 0.9), {}), self.got)

    def test_nothing(self):
        called(lambda: self.given("called"))
        self.assertEqual((("called",), {}), self.got)

    def test_by_name_alone(self):
        def train(*, lr, epochs=1):
            self.given(lr, epochs)

        called(train)
        self.assertEqual(((0.1, 3), {}), self.got)

    def test_a_value_with_the_name_of_the_first_parameter_is_left_out(self):
        def train(lr, **config):
            self.given(lr, **config)

        context = called(train)
        self.assertIs(context, self.got[0][0])
        self.assertEqual({"epochs", "context"}, set(self.got[1]))

    def test_all_arguments(self):
        def train(*args, **config):
            self.given(*args, **config)

        context = called(train, {"args": 1})
        self.assertEqual(((context,), {"args": 1}), self.got)

    def test_what_is_missing_is_an_error_of_the_training(self):
        def train(context, momentum):
            self.given()

        with self.assertRaisesRegex(TypeError, "momentum"):
            called(train)

    def test_a_partial_a_callable_and_a_function_in_c(self):
        def train(context, lr, epochs):
            self.given(context, lr, epochs)

        context = called(functools.partial(train, epochs=7), {"lr": 1})
        self.assertEqual(((context, 1, 7), {}), self.got)

        class Callable:
            def __call__(this, context, lr):
                self.given(context, lr)

        context = called(Callable())
        self.assertEqual(((context, 0.1), {}), self.got)
        called(id)

    def test_an_async_one_runs(self):
        async def train(context):
            self.given(context)

        context = called(train)
        self.assertEqual(((context,), {}), self.got)

    def test_one_that_yields_is_no_success(self):
        def train(context):
            yield self.given(context)

        with self.assertRaisesRegex(TypeError, "train yields"):
            called(train)


CODE = """
import neighbour
def train(context): return 'function', context
class Trainer:
    def fit(self, context, lr=0): return type(self).__name__, lr
    @staticmethod
    def still(context): return 'static', context
    @classmethod
    def classy(cls, context): return cls.__name__, context
trainer = Trainer()
"""


class Import(support.TestCase):
    def setUp(self):
        self.project = self.folder()
        os.mkdir(os.path.join(self.project, "deep"))
        self.write(self.project, "deep/model_of_test.py", CODE)
        self.write(self.project, "deep/neighbour.py", "")
        before, modules = list(sys.path), set(sys.modules)

        def restore():
            sys.path[:] = before
            for name in set(sys.modules) - modules:
                del sys.modules[name]

        self.addCleanup(restore)

    def imported(self, name):
        return _child._import(os.path.join(self.project, "deep/model_of_test.py"), name, self.project)

    def test_what_it_names(self):
        for name, result in {
            "train": ("function", 1),
            "Trainer.fit": ("Trainer", 0),
            "Trainer.still": ("static", 1),
            "Trainer.classy": ("Trainer", 1),
            "trainer.fit": ("Trainer", 0),
        }.items():
            with self.subTest(name):
                self.assertEqual(result, self.imported(name)(1))

    def test_the_project_and_the_file_s_folder_are_on_the_path(self):
        self.imported("train")
        self.assertEqual([os.path.join(self.project, "deep"), self.project], sys.path[:2])

    def test_what_is_no_python_file(self):
        with self.assertRaisesRegex(ImportError, "is no Python file"):
            _child._import(self.write(self.project, "model", CODE), "train", self.project)

    def place(self, code, name="train"):
        self.write(self.project, "deep/model_of_test.py", code)
        try:
            self.imported(name)(None)
        except BaseException as error:
            return _child._place(error, self.project), _child._words(error)
        raise AssertionError("it should have failed")

    def test_the_place_is_the_innermost_of_the_project(self):
        helper = "import json\ndef read():\n    return json.loads('nonsense')\n"
        self.write(self.project, "helper_of_test.py", helper)
        code = "import helper_of_test\ndef train(c):\n    helper_of_test.read()\n"
        self.assertEqual(("helper_of_test.py", 3), self.place(code)[0])

    def test_the_place_of_a_syntax_error(self):
        self.assertEqual(("deep/model_of_test.py", 2), self.place("import os\ndef train(:\n")[0])

    def test_a_syntax_error_of_a_text_that_is_no_file(self):
        where, words = self.place("import ast\ndef train(c):\n    ast.literal_eval('1 +')\n")
        self.assertEqual(("deep/model_of_test.py", 3), where)
        self.assertIn("SyntaxError", words)

    def test_an_exception_whose_text_can_t_be_made(self):
        code = "class Odd(Exception):\n def __str__(self): raise ValueError\ndef train(c): raise Odd()\n"
        self.assertEqual((("deep/model_of_test.py", 3), "Odd"), self.place(code))


if __name__ == "__main__":
    unittest.main()
