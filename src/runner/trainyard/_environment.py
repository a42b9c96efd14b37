"""Environments from requirements files: one for each content, shared by every training that asks for it."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time

from trainyard import _files

#: How often people are told what an installer is doing, in seconds.
TELL_EVERY = 1.0


class EnvironmentFailed(Exception):
    """It could not be made; ``message`` has the installer's own words."""

    def __init__(self, message, hint):
        super().__init__(message)
        self.message = message
        self.hint = hint


def prepare(folder, requirements, environments):
    """The interpreter of the environment for these requirements, made now where it isn't there.

    Of several starts that want the same one, one makes it and the others wait. Where the maker dies the next
    takes over, once nothing of the maker's installer runs any more.
    """
    name, text = requirements["name"], requirements["text"]
    key = f"{platform.python_implementation()} {platform.python_version()} {sys.executable}\n{text}"
    if _names_paths(text):
        # The same words mean other files in another project.
        key = f"{os.getcwd()}\n{key}"
    place = os.path.join(environments, hashlib.sha256(key.encode()).hexdigest()[:16])
    python = os.path.join(place, "bin", "python")
    try:
        # Before it is looked for: what is named here isn't taken away.
        _files.write(folder, "environment.json", {"python": python}, durable=False)
        if _made(place, python):
            # Its age is the time since it was last used.
            os.utime(os.path.join(place, "complete"))
            return python
        os.makedirs(environments, mode=0o700, exist_ok=True)
        _files.phase(folder, "waiting for its environment to be made")
        with open(place + ".lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _made(place, python):
                return python
            _files.phase(folder, f"making the environment of {name}")
            print(f"Trainyard: making the environment of {name} (once; it is kept in {place})", flush=True)
            shutil.rmtree(place, ignore_errors=True)
            _Making(folder, name, lock.fileno()).make(place, python, text)
            with open(os.path.join(place, "complete"), "w", encoding="utf-8") as mark:
                mark.write(key)
    except OSError as error:
        raise EnvironmentFailed(
            f"The environment of {name} can't be made: {error}.", f"See to {environments}, then train again."
        ) from error
    return python


def _names_paths(text):
    lines = [line.strip() for line in text.splitlines()]
    return any(line.startswith(("-", ".")) or (os.sep in line and "://" not in line) for line in lines)


def _made(place, python):
    """It was made whole, and the interpreter that it was made from is still there."""
    return os.path.exists(os.path.join(place, "complete")) and os.path.exists(python)


class _Making:
    """One environment that is being made.

    Its installers hold the lock as well, so that nobody makes it anew beneath one that outlived its maker.
    """

    def __init__(self, folder, name, lock):
        self._folder = folder
        self._name = name
        self._lock = lock
        self._told_at = 0.0

    def make(self, place, python, text):
        listed = place + ".txt"
        with open(listed, "w", encoding="utf-8") as file:
            file.write(text)
        uv = shutil.which("uv")
        if uv is not None:
            self._run([uv, "venv", "--python", sys.executable, place])
            self._run([uv, "pip", "install", "--python", python, "-r", listed])
        else:
            pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
            self._run([sys.executable, "-m", "venv", place])
            self._run([*pip, "-r", listed])

    def _run(self, command):
        """Runs an installer; its words go to the log, and its complaints into the failure."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                text=True,
                encoding="utf-8",
                errors="replace",
                pass_fds=(self._lock,),
            )
        except OSError as error:
            raise EnvironmentFailed(
                f"{command[0]} can't be run: {error.strerror}.", "Install it, then try again."
            ) from error
        lines = []
        for line in process.stdout:
            print(line, end="", flush=True)
            lines = [*lines[-200:], line.rstrip()]
            self._tell(line.strip())
        if process.wait() != 0:
            words = _complaint(lines) or f"exit code {process.returncode}"
            raise EnvironmentFailed(
                f"The environment of {self._name} can't be made: {words}",
                f"Correct {self._name}, then train again; the log has all that the installer said.",
            )

    def _tell(self, line):
        """What the installer is at, for people who wait; not every line of it."""
        if line and time.monotonic() - self._told_at > TELL_EVERY:
            self._told_at = time.monotonic()
            _files.phase(self._folder, f"making the environment of {self._name}: {line[:200]}")


def _complaint(lines):
    """The first lines in which an installer says what went wrong: pip marks them by ERROR, uv by a cross."""
    for n, line in enumerate(lines):
        if "error" in line.lower() or line.strip().startswith("\u00d7"):
            return " ".join(part.strip() for part in lines[n : n + 2] if part.strip())
    return " ".join(line.strip() for line in lines[-3:])
