"""Could this file bind this name? ``python -I _check.py FILE NAME`` prints the answer as JSON.

Nothing of the user's is run: the file is parsed. What can't be ruled out is let through, since Python can bind a name in many ways.
"""

import ast
import json
import sys


def check(text, file, name):
    """None where ``name`` ("train" or "Trainer.fit") may be bound, else what is wrong."""
    try:
        tree = ast.parse(text, file)
    except SyntaxError as error:
        return f"{file}:{error.lineno}: {error.msg}."
    except ValueError as error:
        return f"{file} can't be parsed: {error}."
    owner, _, method = name.rpartition(".")
    first = owner or name
    if not _binds(tree, first):
        return f'{file} has no {"class" if owner else "function"} "{first}"{_offer(tree)}.'
    if owner:
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == owner]
        # A class with a base may have the method from there; a name that isn't a class here may be anything.
        if classes and not any(one.bases or one.decorator_list or _binds(one, method) for one in classes):
            return f'{file} has no method "{method}" in the class "{owner}".'
    return None


def _binds(tree, name):
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if node.name == name and node is not tree:
                return True
        elif isinstance(node, ast.alias):
            if node.name == "*" or (node.asname or node.name.partition(".")[0]) == name:
                return True
        elif isinstance(node, ast.Name):
            if node.id == name and isinstance(node.ctx, ast.Store):
                return True
            if node.id in ("exec", "globals", "setattr", "vars", "locals"):
                return True
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            if name in node.names:
                return True
        elif isinstance(node, ast.ExceptHandler) and node.name == name:
            return True
        elif getattr(node, "rest", None) == name or (type(node).__name__ in ("MatchAs", "MatchStar") and node.name == name):
            return True
    return False


def _offer(tree):
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    return f"; it has {', '.join(functions[:5])}" if functions else ""


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as source:
        problem = check(source.read(), sys.argv[2], sys.argv[3])
    print(json.dumps({"problem": problem}))
