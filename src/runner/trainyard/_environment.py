"""Environments from requirements files: one for each content, shared by every training that asks for it.

Who makes one is a process of its own (``_making.py``), part of no training: the first start that wants it
begins that, all others that want it meanwhile connect to it, and it goes on while one of them is there.
"""

import fcntl
import hashlib
import os
import sys

from trainyard import _files, _quick

#: So often what makes an environment may vanish without a word until its making counts as failed.
TRIES = 3


class EnvironmentFailed(Exception):
    """It could not be made; ``message`` has the installer's own words."""

    def __init__(self, message, hint):
        super().__init__(message)
        self.message = message
        self.hint = hint


def prepare(folder, requirements, environments, wait):
    """The interpreter of the environment for these requirements, made now where it isn't there.

    ``wait`` waits until a socket can be read, or says False where the start ends: then the result is None.
    """
    name, text = requirements["name"], requirements["text"]
    key = f"{sys.implementation.name} {sys.version} {sys.executable}\n{text}"
    if _names_paths(text):
        # The same words mean other files in another project.
        key = f"{os.getcwd()}\n{key}"
    place = os.path.join(environments, hashlib.sha256(key.encode()).hexdigest()[:16])
    python = os.path.join(place, "bin", "python")
    try:
        # Before it is looked for: what is named here isn't taken away.
        _files.write(folder, "environment.json", {"python": python}, durable=False)
        tries = 0
        while not _made(place, python):
            if tries == TRIES:
                raise EnvironmentFailed(
                    f"The environment of {name} can't be made: its making was ended {TRIES} times.",
                    "See what ends processes here (is there enough memory?), then train again.",
                )
            os.makedirs(environments, mode=0o700, exist_ok=True)
            _files.phase(folder, "waiting for its environment to be made")
            maker, begun = _connect(place, name, text)
            with maker:
                heard = _follow(maker, folder, wait)
            if heard is None:
                return None
            # One that says nothing to who came later was about to end.
            tries += begun or heard
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
    mark = os.path.join(place, "complete")
    if not os.path.exists(mark) or not os.path.exists(python):
        return False
    # Its age is the time since it was last used.
    os.utime(mark)
    return True


def _connect(place, name, text):
    """A connection to the process that makes it already, else to a new one; and whether it is new.

    For as long as that lives, and no longer, its socket can be connected to; so there is never a second one.
    """
    with open(place + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = place + ".sock"
        try:
            maker = _socket("connect", address)
            _print(f"Trainyard: waiting for the environment of {name}, which is being made in {place}")
            return maker, False
        except (FileNotFoundError, ConnectionRefusedError):
            pass
        _print(f"Trainyard: making the environment of {name} (once; it is kept in {place})")
        # One that was killed has left it.
        with _quick.ignoring(FileNotFoundError):
            os.unlink(address)
        with open(place + ".txt", "w", encoding="utf-8") as file:
            file.write(text)
        with _socket("bind", address) as listener:
            listener.listen(128)
            # First this, since it ends as soon as nobody is connected.
            maker = _socket("connect", address)
            _begin(listener.fileno(), [place, name])
            return maker, True


def _socket(use, address):
    """A socket that is connected, or bound."""
    import socket

    made = socket.socket(socket.AF_UNIX)
    # Its path can be no longer than some 100 bytes: so it is named from inside its folder.
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(os.path.dirname(address))
        getattr(made, use)(os.path.basename(address))
        return made
    except BaseException:
        made.close()
        raise
    finally:
        os.fchdir(before)
        os.close(before)


def _begin(listener, arguments):
    """Begins the process that makes it, in a session of its own and with the socket as its standard input.

    Its parent ends at once and this process takes in no orphans yet: so it belongs to none of a training's.
    """
    script = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "trainyard_start.py")
    environment = {
        key: value
        for key, value in os.environ.items()
        if key == "TRAINYARD_HOME" or not key.startswith("TRAINYARD_")
    }
    parent = os.fork()
    if parent == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                os.dup2(listener, 0)
                os.execve(sys.executable, [sys.executable, script, "--environment", *arguments], environment)
        finally:
            os._exit(1)
    os.waitpid(parent, 0)


def _follow(maker, folder, wait):
    """Tells what is heard of the making until it ends: whether that was anything.

    None where the start ends before.
    """
    said, heard = b"", False
    while wait(maker):
        try:
            part = maker.recv(65536)
        except ConnectionResetError:
            part = b""
        if not part:
            return heard
        heard = True
        *words, said = (said + part).split(b"\n")
        for word in map(_quick.parse, (word.decode("ascii") for word in words)):
            if "line" in word:
                _print(word["line"])
            elif "doing" in word:
                _files.phase(folder, word["doing"])
            else:
                raise EnvironmentFailed(word["message"], word["hint"])
    return None


def _print(line):
    # A log that takes no more is no reason to end.
    with _quick.ignoring(OSError):
        os.write(1, f"{line}\n".encode("utf-8", "replace"))
