"""The process that stays beside a training, outlives the backend, and writes down the end.

It runs no code of the user's: the training is its child, and what the training leaves behind comes to it as
its subreaper. It stops what it is told to stop: a SIGTERM with a ``stop.json`` beside it is our own stop, any
other signal is a stranger's and is passed on.
"""

import contextlib
import os
import select
import signal
import socket
import sys
import time

from trainyard import _child, _files, _processes

#: How long what a training left behind has to end by itself. Seconds.
LEFTOVERS_GRACE = 3.0
#: How often what is being ended by force is looked at again: a process may have begun another one meanwhile.
FORCE_EVERY = 0.1
#: How often the memory of the process tree is looked at, where it is limited. Seconds.
MEMORY_EVERY = 0.25
#: Looking takes at most this part of the time, however many processes there are.
MEMORY_SHARE = 1 / 20
#: How long a full disk may keep the end from being written. Seconds.
LAST_WORDS = 60.0


def main(folder):
    """Runs one start to its end. In the child it returns the exit code of the training."""
    # Before the claim: who sees the claim may signal.
    signals = _Signals()
    if not _claim(folder):
        return 0
    spec = _files.read(folder, "start.json")
    if _files.exists(folder, "stop.json"):
        # Stopped before it began. Who stops later sees the claim and signals.
        _write_end(folder, None, None, stopped=True)
        return 0
    _processes.become_subreaper()
    executed, executing = os.pipe()
    # A signal that comes now waits until the child no longer answers as if it were the supervisor.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals.handled)
    child = os.fork()
    if child == 0:
        signals.close()
        os.close(executed)
        os.setpgrp()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.handled)
        return _child.begin(folder, spec, executing)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.handled)
    os.close(executing)
    # The child does the same; whoever is first, it is done before anybody is signalled.
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    _Supervision(folder, spec, child, signals, executed).run()
    return 0


def _claim(folder):
    """False where this very start was begun before: it is never run twice."""
    claim = os.path.join(folder, "claim.json")
    mine = f"{claim}.{os.getpid()}"
    value = {
        "pid": os.getpid(),
        "startTime": _processes.start_time(os.getpid()),
        "bootId": _processes.boot_id(),
    }
    _files.write(folder, os.path.basename(mine), value)
    try:
        os.link(mine, claim)
        return True
    except FileExistsError:
        return False
    finally:
        os.unlink(mine)


class _Signals:
    """Signals as bytes on a socket, so that one `select` waits for everything."""

    def __init__(self):
        self.reader, self.writer = socket.socketpair()
        for end in (self.reader, self.writer):
            end.setblocking(False)
        self.handled = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        signal.set_wakeup_fd(self.writer.fileno(), warn_on_full_buffer=False)
        for number in self.handled:
            signal.signal(number, lambda *_: None)

    def close(self):
        """Gives the signals back their usual meanings, in the child."""
        signal.set_wakeup_fd(-1)
        for number in self.handled:
            # As every Python has it, so that Ctrl+C in a training is what its author knows.
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)
        self.reader.close()
        self.writer.close()

    def read(self):
        try:
            return set(self.reader.recv(4096))
        except BlockingIOError:
            return set()


class _Supervision:
    def __init__(self, folder, spec, child, signals, executed):
        self.folder = folder
        self.spec = spec
        self.child = child
        self.signals = signals
        #: The reading end of the pipe that tells that a command runs; None once it closed.
        self.executed = executed
        self.executes = False
        self.status = None
        self.stopping = False
        #: When force begins, by the monotonic clock; None while nothing is to be ended.
        self.force_at = None
        self.leftovers_told = False
        self.out_of_memory = None
        self.look_at = time.monotonic() + MEMORY_EVERY

    def run(self):
        while True:
            self._reap()
            if self.status is not None and self.executed is None and self._nothing_left():
                break
            self._wait()
            self._check_memory()
        _write_end(self.folder, self.status, self.out_of_memory, self.stopping)

    def _wait(self):
        """Until a signal, an end, or a time at which something is to be done; it doesn't poll."""
        timeouts = [self.look_at] if self._limited() else []
        if self.force_at is not None:
            timeouts.append(self.force_at)
        timeout = max(0, min(timeouts) - time.monotonic()) if timeouts else None
        readers = [self.signals.reader] + ([] if self.executed is None else [self.executed])
        ready, _, _ = select.select(readers, [], [], timeout)
        if self.executed in ready:
            self._executed()
        for number in self.signals.read() if self.signals.reader in ready else ():
            if number != signal.SIGCHLD:
                self._told(number)
        if self.force_at is not None and time.monotonic() >= self.force_at:
            for pid in _processes.descendants(os.getpid()):
                _signal(pid, signal.SIGKILL)
            self.force_at = time.monotonic() + FORCE_EVERY

    def _executed(self):
        """A byte comes just before the command takes the child's place, which closes the pipe.

        Closed without the byte, the child ended before; with a failure beside it, the command can't be run.
        """
        if os.read(self.executed, 1):
            self.executes = True
            return
        os.close(self.executed)
        self.executed = None
        if self.executes and not _files.exists(self.folder, "failure.json"):
            _files.write(self.folder, "ready.json", {"readyAt": _files.now()})

    def _told(self, number):
        stop = _files.read(self.folder, "stop.json")
        if stop is None:
            # Nobody of ours: passed on as it is, and the training's end tells of it.
            self._signal_group(number)
        elif not self.stopping:
            self.stopping = True
            self.force_at = time.monotonic() + stop["graceSeconds"]
            self._signal_group(signal.SIGTERM)

    def _signal_group(self, number):
        # Once the child is reaped its number may be another's; what it left behind is told by itself.
        if self.status is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child, number)

    def _reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.child:
                self.status = status

    def _nothing_left(self):
        """What the training left behind is told to end, and ended by force after a while."""
        left = _processes.descendants(os.getpid())
        if not left:
            return True
        if not self.leftovers_told:
            self.leftovers_told = True
            grace = time.monotonic() + LEFTOVERS_GRACE
            self.force_at = grace if self.force_at is None else min(self.force_at, grace)
            for pid in left:
                _signal(pid, signal.SIGTERM)
        return False

    def _limited(self):
        return bool(self.spec["memoryBytes"]) and self.status is None and self.out_of_memory is None

    def _check_memory(self):
        began = time.monotonic()
        if not self._limited() or began < self.look_at:
            return
        allowed = self.spec["memoryBytes"]
        tree = _processes.descendants(os.getpid())
        used = sum(tree.values())
        if used > allowed:
            # That counted what forked workers share as often as they are; this is slower, and exact.
            used = _processes.proportional(tree)
        if used > allowed:
            self.out_of_memory = {"usedBytes": used, "allowedBytes": allowed}
            words = f"{used / 1e9:.2f} GB used, {allowed / 1e9:.2f} GB allowed"
            with contextlib.suppress(OSError):
                print(f"Trainyard: killed for memory: {words}.", flush=True)
            for pid in tree:
                _signal(pid, signal.SIGKILL)
        took = time.monotonic() - began
        self.look_at = began + max(MEMORY_EVERY, took / MEMORY_SHARE)


def _write_end(folder, status, out_of_memory, stopped):
    """Writes how it ended; ``status`` is what ``wait`` told, or None where nothing was begun."""
    ready = _files.read(folder, "ready.json")
    end = {
        "ready": ready is not None,
        "exit": None if status is None else _exit(status),
        "outcome": _files.read(folder, "outcome.json"),
        "startFailure": _files.read(folder, "failure.json") if ready is None else None,
        "outOfMemory": out_of_memory,
        "stopped": stopped,
        "startedAt": None if ready is None else ready["readyAt"],
        "endedAt": _files.now(),
    }
    until = time.monotonic() + LAST_WORDS
    while True:
        try:
            return _files.write(folder, "end.json", end)
        except OSError:
            # The training may have filled the disk; whoever sees that makes room.
            if time.monotonic() > until:
                raise
            time.sleep(1)


def _exit(status):
    if not os.WIFSIGNALED(status):
        return {"code": os.WEXITSTATUS(status)}
    number = os.WTERMSIG(status)
    try:
        return {"signal": signal.Signals(number).name}
    except ValueError:
        return {"signal": f"signal {number}"}


def _signal(pid, number):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


if sys.platform == "win32":
    raise ImportError("trainings on Windows need a Job Object, which this version doesn't have")
