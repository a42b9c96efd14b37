"""The runner as a text: what Python reads it, and what it needs."""

import ast
import os
import subprocess
import sys
import unittest

import support

#: What the runner may import: the standard library of every Python from 3.8 on, and itself.
ALLOWED = {
    *(
        "ast",
        "asyncio",
        "atexit",
        "encodings",
        "errno",
        "fcntl",
        "functools",
        "hashlib",
        "importlib",
    ),
    *("inspect", "io", "json", "os", "platform", "select", "shutil", "signal", "socket", "subprocess", "sys"),
    *("resource", "stat", "threading", "time", "traceback", "trainyard"),
    # Parts of it that are not announced: what needs them has another way where they are missing.
    *("_ctypes", "_json", "_signal"),
}

#: What a hook may import besides: the library that brought it about.
HOOKED = {os.path.join("trainyard", "_ultralytics.py"): "ultralytics"}


def sources():
    for folder, _, names in os.walk(support.RUNNER):
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, support.RUNNER), file.read()


class Source(unittest.TestCase):
    def test_there_are_files_to_read(self):
        self.assertGreaterEqual(len(list(sources())), 9)

    def test_is_python_3_8(self):
        for name, text in sources():
            with self.subTest(name):
                ast.parse(text, name, feature_version=(3, 8))

    def test_needs_the_standard_library_alone(self):
        for name, text in sources():
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Import):
                    modules = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    self.assertEqual(node.level, 0, f"{name}:{node.lineno}")
                    modules = [node.module]
                else:
                    continue
                allowed = {*ALLOWED, HOOKED.get(name)}
                for module in modules:
                    self.assertIn(module.partition(".")[0], allowed, f"{name}:{node.lineno}")

    def test_every_file_says_what_it_is(self):
        for name, text in sources():
            self.assertTrue(ast.get_docstring(ast.parse(text)), name)

    def test_the_start_is_read_by_an_old_python_too(self):
        """No Python 2.7 is needed here: what it doesn't read isn't in it."""
        text = dict(sources())["trainyard_start.py"]
        text.encode("ascii")
        newer = (ast.JoinedStr, ast.AnnAssign, ast.AsyncFunctionDef, ast.NamedExpr, ast.Starred, ast.Nonlocal)
        for node in ast.walk(ast.parse(text)):
            self.assertNotIsInstance(node, newer)
            if isinstance(node, ast.FunctionDef):
                self.assertIsNone(node.returns)
                self.assertEqual([], node.args.kwonlyargs)

    def test_importing_it_is_cheap(self):
        """A script that does `import trainyard` and never uses it pays for nothing."""
        code = "import sys; n = set(sys.modules); import trainyard; print(sorted(set(sys.modules) - n))"
        path = {**os.environ, "PYTHONPATH": support.RUNNER}
        listed = subprocess.run(
            [sys.executable, "-B", "-c", code], env=path, stdout=subprocess.PIPE, check=True
        )
        self.assertEqual("['trainyard']", listed.stdout.decode().strip())


if __name__ == "__main__":
    unittest.main()
