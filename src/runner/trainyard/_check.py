"""Could this file bind this name? ``python -I _check.py PATH FILE NAME`` prints the answer as JSON.

Nothing of the user's is run: the file is parsed. What can't be ruled out is let through, since Python can
bind a name in many ways.
"""

import ast
import json
import sys

#: Who uses one of these can bind any name.
ANYTHING = {"__dict__", "eval", "exec", "globals", "locals", "setattr", "vars"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def check(text, file, name):
    """None where ``name`` ("train" or "Trainer.fit") may be bound, else what is wrong."""
    try:
        tree = ast.parse(text, file)
    except SyntaxError as error:
        return f"{file}{'' if error.lineno is None else f':{error.lineno}'}: {error.msg}."
    except ValueError as error:
        return f"{file} can't be parsed: {error}."
    owner, _, method = name.rpartition(".")
    if not _may_bind(tree, owner or name):
        return f'{file} has no {"class" if owner else "function"} "{owner or name}"{_offer(tree)}.'
    if owner:
        classes = [node for node in _scope(tree) if isinstance(node, ast.ClassDef) and node.name == owner]
        others = sum(_binds(node, owner) for node in _scope(tree)) - len(classes)
        # A class with a base may have the method from there; a name that isn't a class here may be anything.
        plain = [one for one in classes if not (one.bases or one.keywords or one.decorator_list)]
        known = classes and not others and len(plain) == len(classes)
        has = any(_binds(node, method) for one in classes for node in _scope(one))
        if known and not has and not _assigned_from_outside(tree, method):
            return f'{file} has no method "{method}" in the class "{owner}".'
    return None


def _may_bind(tree, name):
    """Whether the module may get this name: by its own statements, or from inside a function of it."""
    return any(_binds(node, name) for node in _scope(tree)) or _assigned_from_outside(tree, name)


def _assigned_from_outside(tree, name):
    for node in ast.walk(tree):
        if isinstance(node, ast.Global) and name in node.names:
            return True
        # Another object's attribute: that object may be this module, or the class.
        if isinstance(node, ast.Attribute) and (
            node.attr in ANYTHING or (node.attr == name and _stores(node))
        ):
            return True
        if isinstance(node, ast.Name) and node.id in ANYTHING:
            return True
        # A module can answer for names that it doesn't have.
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
            return True
    return False


def _scope(owner):
    """The nodes that bind names in this module or class itself, not in what it defines."""
    waiting = list(owner.body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            waiting.extend([*node.decorator_list, *_defaults(node.args)])
        elif isinstance(node, ast.Lambda):
            waiting.extend(_defaults(node.args))
        elif isinstance(node, ast.ClassDef):
            waiting.extend([*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)])
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _defaults(arguments):
    return [one for one in [*arguments.defaults, *arguments.kw_defaults] if one is not None]


def _binds(node, name):
    if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler)):
        return node.name == name
    if isinstance(node, ast.alias):
        return node.name == "*" or (node.asname or node.name.partition(".")[0]) == name
    if isinstance(node, ast.Name):
        return node.id == name and _stores(node)
    # Patterns, which not every Python's parser has.
    if type(node).__name__ in ("MatchAs", "MatchStar"):
        return node.name == name
    return type(node).__name__ == "MatchMapping" and node.rest == name


def _stores(node):
    return isinstance(node.ctx, ast.Store)


def _offer(tree):
    functions = [node.name for node in tree.body if isinstance(node, FUNCTIONS) and node.name[0] != "_"]
    return f"; it has {', '.join(functions[:5])}" if functions else ""


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as source:
        problem = check(source.read(), sys.argv[2], sys.argv[3])
    print(json.dumps({"problem": problem}))
