"""The process that stays beside a training: it outlives the backend, stops what it is told to stop, and writes down the end.

It runs no code of the user's: the training is its child, and what the training leaves behind comes to it as its subreaper.
"""

import os
import select
import signal
import socket
import sys
import time

from trainyard import _child, _files, _processes

#: How long what a training left behind has to end by itself.
LEFTOVERS_GRACE = 3.0
#: How often the memory of the process tree is looked at, where it is limited, in seconds.
MEMORY_EVERY = 0.25


def main(folder):
    """Runs one start to its end. In the child it returns the exit code of the training."""
    if not _claim(folder):
        return 0
    spec = _files.read(folder, "start.json")
    _processes.become_subreaper()
    signals = _Signals()
    executed, executing = os.pipe()
    child = os.fork()
    if child == 0:
        signals.close()
        os.close(executed)
        os.setpgrp()
        return _child.begin(folder, spec, executing)
    os.close(executing)
    try:
        # The child does the same; whoever is first, it is done before anybody is signalled.
        os.setpgid(child, child)
    except OSError:
        pass
    _Supervision(folder, spec, child, signals, executed).run()
    return 0


def _claim(folder):
    """False where this very start was begun before: it is never run twice."""
    claim = os.path.join(folder, "claim.json")
    mine = f"{claim}.{os.getpid()}"
    value = {"pid": os.getpid(), "startTime": _processes.start_time(os.getpid()), "bootId": _processes.boot_id()}
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
        for number in self.handled:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self.writer.fileno(), warn_on_full_buffer=False)

    def close(self):
        signal.set_wakeup_fd(-1)
        for number in self.handled:
            signal.signal(number, signal.SIG_DFL)
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
        #: The reading end of a pipe that closes when a command's program runs; None once it did.
        self.executed = executed
        self.status = None
        self.stopping = False
        #: When force begins, by the monotonic clock; None while nothing is to be ended.
        self.force_at = None
        self.out_of_memory = None

    def run(self):
        while True:
            self._reap()
            if self.status is not None and self._nothing_left():
                break
            self._wait()
            self._check_memory()
        self._write_end()

    def _wait(self):
        timeouts = [MEMORY_EVERY] if self.spec["memoryBytes"] and self.status is None else []
        if self.force_at is not None:
            timeouts.append(max(0.02, min(0.1, self.force_at - time.monotonic())))
        readers = [self.signals.reader] + ([] if self.executed is None else [self.executed])
        ready, _, _ = select.select(readers, [], [], min(timeouts) if timeouts else None)
        if self.executed in ready:
            self._executed()
        for number in self.signals.read() if self.signals.reader in ready else ():
            if number != signal.SIGCHLD:
                self._told(number)
        if self.force_at is not None and time.monotonic() >= self.force_at:
            for pid in _processes.descendants(os.getpid()):
                _signal(pid, signal.SIGKILL)

    def _executed(self):
        """The pipe closed: by the program that took the child's place, or since the child failed and said so."""
        os.close(self.executed)
        self.executed = None
        if self.spec["command"] is not None and not _files.exists(self.folder, "failure.json"):
            self._reap()
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
        try:
            os.killpg(self.child, number)
        except (ProcessLookupError, PermissionError):
            pass

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
        if self.force_at is None:
            self.force_at = time.monotonic() + LEFTOVERS_GRACE
            for pid in left:
                _signal(pid, signal.SIGTERM)
        return False

    def _check_memory(self):
        allowed = self.spec["memoryBytes"]
        if not allowed or self.status is not None or self.out_of_memory is not None:
            return
        tree = _processes.descendants(os.getpid())
        used = sum(tree.values())
        if used > allowed:
            self.out_of_memory = {"usedBytes": used, "allowedBytes": allowed}
            print(f"Trainyard: killed for memory: {used / 1e9:.2f} GB used, {allowed / 1e9:.2f} GB allowed.", flush=True)
            for pid in tree:
                _signal(pid, signal.SIGKILL)

    def _write_end(self):
        if os.WIFSIGNALED(self.status):
            number = os.WTERMSIG(self.status)
            try:
                exit = {"signal": signal.Signals(number).name}
            except ValueError:
                exit = {"signal": f"signal {number}"}
        else:
            exit = {"code": os.WEXITSTATUS(self.status)}
        ready = _files.read(self.folder, "ready.json")
        _files.write(
            self.folder,
            "end.json",
            {
                "ready": ready is not None,
                "exit": exit,
                "outcome": _files.read(self.folder, "outcome.json"),
                "startFailure": _files.read(self.folder, "failure.json") if ready is None else None,
                "outOfMemory": self.out_of_memory,
                "stopped": self.stopping,
                "startedAt": None if ready is None else ready["readyAt"],
                "endedAt": _files.now(),
            },
        )


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


if sys.platform == "win32":
    raise ImportError("trainings on Windows need a Job Object, which this version doesn't have")
