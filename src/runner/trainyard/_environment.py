"""Environments from requirements files: each made once per content, and shared by every training that asks for the same."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys

from trainyard import _files


class EnvironmentFailed(Exception):
    """It could not be made; ``message`` has the installer's own words."""

    def __init__(self, message, hint):
        super().__init__(message)
        self.message = message
        self.hint = hint


def prepare(folder, requirements, environments):
    """The interpreter of the environment for these requirements, made now where it isn't there.

    Of several starts that want the same one, one makes it and the others wait; where the maker dies the next takes over.
    """
    name, text = requirements["name"], requirements["text"]
    key = f"{platform.python_implementation()} {platform.python_version()} {sys.executable}\n{text}"
    place = os.path.join(environments, hashlib.sha256(key.encode()).hexdigest()[:16])
    python = os.path.join(place, "bin", "python")
    complete = os.path.join(place, "complete")
    if os.path.exists(complete):
        return python
    os.makedirs(environments, mode=0o700, exist_ok=True)
    _files.phase(folder, "waiting for its environment to be made")
    with open(place + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(complete):
            return python
        _files.phase(folder, f"making the environment of {name}")
        print(f"Trainyard: making the environment of {name} (once; it is kept in {place})", flush=True)
        shutil.rmtree(place, ignore_errors=True)
        _make(place, python, text, name)
        with open(complete, "w", encoding="utf-8") as mark:
            mark.write(key)
    return python


def _make(place, python, text, name):
    listed = place + ".txt"
    with open(listed, "w", encoding="utf-8") as file:
        file.write(text)
    uv = shutil.which("uv")
    if uv is not None:
        _run([uv, "venv", "--python", sys.executable, place], name)
        _run([uv, "pip", "install", "--python", python, "-r", listed], name)
    else:
        _run([sys.executable, "-m", "venv", place], name)
        _run([python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", listed], name)


def _run(command, name):
    """Runs an installer; its words go to the log, and its complaints into the failure."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, text=True, errors="replace"
        )
    except OSError as error:
        raise EnvironmentFailed(f"{command[0]} can't be run: {error.strerror}.", "Install it, then try again.") from error
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines = [*lines[-200:], line.rstrip()]
    if process.wait() != 0:
        complaints = [line for line in lines if "error" in line.lower()] or lines[-3:]
        words = " ".join(line.strip() for line in complaints[:2])
        raise EnvironmentFailed(
            f"The environment of {name} can't be made: {words or f'exit code {process.returncode}'}",
            f"Correct {name}, then train again; the log has all that the installer said.",
        )
