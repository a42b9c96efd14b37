"""The process that stays beside a training, outlives the backend, and writes down the end.

It runs no code of the user's: the training is its child, and what the training leaves behind comes to it as
its subreaper (Linux; elsewhere leftovers are known by their environment, untried). Only when nothing is left
is the end written. It stops what it is told to stop: a SIGTERM with a ``stop.json`` beside it is our own, any
other signal is a stranger's and is passed on.
"""

import os
import select
import sys
import time

from trainyard import _child, _files, _memory, _processes, _quick, _signals
from trainyard._quick import ignoring, signal

#: How long what a training left behind has to end by itself, in seconds.
LEFTOVERS_GRACE = 3.0
#: How often the memory of the process tree is looked at, where it is limited, in seconds.
MEMORY_EVERY = 0.25
#: Looking takes at most this part of the time, however many processes there are.
MEMORY_SHARE = 1 / 20
#: How often what is being ended by force is looked at again: a process may have begun another one meanwhile.
FORCE_EVERY = 0.1
#: How often something that a full disk didn't take is tried again, in seconds.
WRITE_AGAIN = 1.0


def main(folder):
    """Runs one start to its end. In the child it returns the exit code of the training."""
    # Before the claim: whoever sees the claim may send a signal.
    signals = _signals.Signals()
    if not _claim(folder):
        return 0
    spec = _files.read(folder, "start.json")
    supervision = _Supervision(folder, spec, signals)
    if _files.exists(folder, "stop.json"):
        # Called off before it began.
        supervision.stopping = True
        supervision.write_end()
        return 0
    python = supervision.prepare()
    if python is None:
        supervision.write_end()
        return 0
    # Not before: what makes an environment is nobody's.
    supervision.subreaper = _processes.become_subreaper()
    reader, writer = os.pipe()
    # A signal to the child before it has its own handlers would be lost; so it waits.
    _signals.hold()
    try:
        child = os.fork()
    except OSError as error:
        _files.Words(folder, writer).start_failure(
            "StartFailed", f"No process can be made: {error.strerror}.", "See what else runs on this machine."
        )
        supervision.write_end()
        return 0
    if child == 0:
        os.setpgid(0, 0)
        os.close(reader)
        signals.close()
        _signals.release()
        return _child.begin(spec, _files.Words(folder, writer), supervision.memory, python)
    _signals.release()
    os.close(writer)
    # The child does the same; whoever is first, it is done before anybody is signalled.
    with ignoring(OSError):
        os.setpgid(child, child)
    supervision.run(child, reader)
    # What an interpreter does at its end is of no use here.
    os._exit(0)


def _claim(folder):
    """False where this very start was begun before: it is never run twice."""
    claim = os.path.join(folder, "claim.json")
    mine = f"claim.{os.getpid()}"
    pid = os.getpid()
    value = {"pid": pid, "startTime": _processes.start_time(pid), "bootId": _processes.boot_id()}
    _files.write(folder, mine, value, durable=False)
    try:
        os.link(os.path.join(folder, mine), claim)
        # Under its name, so that this is durable as well: what ran before a loss of power doesn't begin anew.
        _files.make_durable(folder, "claim.json")
        return True
    except FileExistsError:
        return False
    finally:
        os.unlink(os.path.join(folder, mine))


class _Supervision:
    def __init__(self, folder, spec, signals):
        self.folder = folder
        self.spec = spec
        self.signals = signals
        self.memory = _memory.Limit(
            spec["memoryBytes"], "-".join(str(spec[part]) for part in ("executionId", "attempt", "start"))
        )
        self.subreaper = False
        self.child = None
        #: Where the child says what the disk didn't take, and when it becomes a command.
        self.pipe = None
        self.said = b""
        self.files = _files.Patient(folder)
        self.executing = False
        self.status = None
        self.childless = False
        self.stopping = False
        self.told_leftovers = False
        #: When force begins, by the monotonic clock; None while nothing is to be ended.
        self.force_at = None
        self.out_of_memory = None
        #: Its memory is to be looked at. Where it can have a control group, not before that fails.
        self.limited = self.memory.group is not None
        self.look_at = 0.0

    def prepare(self):
        """The interpreter that runs it: of its environment, if it asks for one. None where it ends here."""
        if self.spec["requirements"] is None:
            return sys.executable
        from trainyard import _environment

        try:
            return _environment.prepare(
                self.folder, self.spec["requirements"], self.spec["environments"], self._wait_to_read
            )
        except _environment.EnvironmentFailed as error:
            failure = {"code": "EnvironmentFailed", "message": error.message, "hint": error.hint}
            self.files.write("failure.json", failure)
            return None

    def _wait_to_read(self, connection):
        """Until it can be read; False where a signal ends this start, which runs nothing yet."""
        while True:
            ready, _, _ = select.select([self.signals.reader, connection], [], [])
            if self.signals.reader in ready:
                for number in set(os.read(self.signals.reader, 4096)) - {signal.SIGCHLD}:
                    self.stopping = _files.exists(self.folder, "stop.json")
                    if not self.stopping:
                        # Nobody of ours: it ends as the training would.
                        self.status = int(number)
                    return False
            if connection in ready:
                return True

    def run(self, child, pipe):
        self.child = child
        self.pipe = pipe
        os.set_blocking(pipe, False)
        self.files.write(
            "child.json",
            {"pid": child, "startTime": _processes.start_time(child), "group": self.memory.group},
        )
        while True:
            self._reap()
            if self.status is not None and self._nothing_left():
                break
            self._wait()
            self._look_at_memory()
        self._hear()
        self.write_end()

    def _wait(self):
        """Until a signal, a word, an end, or a time at which something is to be done; it doesn't poll."""
        now = time.monotonic()
        timeouts = [max(0.0, self.look_at - now)] if self._watches_memory() else []
        if self.files.unwritten:
            timeouts.append(WRITE_AGAIN)
        if self.force_at is not None:
            timeouts.append(max(0.0, self.force_at - now))
        if self.told_leftovers and not self.subreaper:
            timeouts.append(FORCE_EVERY)
        readers = [self.signals.reader] + ([] if self.pipe is None else [self.pipe])
        ready, _, _ = select.select(readers, [], [], min(timeouts) if timeouts else None)
        if self.pipe in ready:
            self._hear()
        if self.signals.reader in ready:
            for number in set(os.read(self.signals.reader, 4096)):
                if number != signal.SIGCHLD:
                    self._told(number)
        if self.files.unwritten:
            self.files.write_again()
        if self.force_at is not None and time.monotonic() >= self.force_at:
            self.force_at = time.monotonic() + FORCE_EVERY
            self._signal_all(signal.SIGKILL)

    def _hear(self):
        """Reads what the child said by the pipe; its closing means that a command's program runs."""
        while self.pipe is not None:
            try:
                part = os.read(self.pipe, 65536)
            except BlockingIOError:
                return
            self.said += part
            *lines, self.said = self.said.split(b"\n")
            for line in lines:
                word = _quick.parse(line.decode("ascii"))
                if word["name"] == "executing":
                    self.executing = True
                elif word["name"] == "unlimited":
                    # Its control group didn't take it.
                    self.memory.leave()
                    self.limited = True
                else:
                    self.files.write(word["name"], word["value"])
            if not part:
                os.close(self.pipe)
                self.pipe = None
                if self.executing and self.files.read("failure.json") is None:
                    self.files.write("ready.json", _files.ready())

    def _told(self, number):
        stop = _files.read(self.folder, "stop.json")
        if stop is None:
            # Nobody of ours: passed on as it is, and the training's end tells of it.
            self._signal_group(number)
        elif not self.stopping:
            self.stopping = True
            self.force_at = time.monotonic() + stop["graceSeconds"]
            self._ask_to_stop()

    def _ask_to_stop(self):
        """SIGTERM to the group, less the workers: what the training is to save, it may need them for.

        They are its own to end, as always. (A data loader whose workers are killed raises in the training.)
        """
        if self.status is not None:
            return
        for pid in _processes.group(self.child):
            if pid == self.child or not _processes.is_worker(pid, self.child):
                with ignoring(OSError):
                    os.kill(pid, signal.SIGTERM)

    def _signal_group(self, number):
        # Once the child is reaped its number may be another's; what it left behind is told by itself.
        if self.status is None:
            with ignoring(OSError):
                os.killpg(self.child, number)

    def _reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.childless = True
                return
            if pid == 0:
                return
            if pid == self.child:
                self.status = status

    def _nothing_left(self):
        """What the training left behind is told to end, and ended by force after a while."""
        # A subreaper without a child has no descendants either.
        if self.childless and (self.subreaper or not self._left()):
            return True
        if not self.told_leftovers:
            self.told_leftovers = True
            until = time.monotonic() + LEFTOVERS_GRACE
            self.force_at = until if self.force_at is None else min(until, self.force_at)
            self._signal_all(signal.SIGTERM)
        return False

    def _left(self):
        left = _processes.descendants(os.getpid())
        if not self.subreaper:
            left = set(left) | set(_processes.with_environment(f"TRAINYARD_START_FOLDER={self.folder}"))
        return left

    def _signal_all(self, number):
        for pid in self._left():
            with ignoring(OSError):
                os.kill(pid, number)

    def _watches_memory(self):
        return self.limited and self.status is None and self.out_of_memory is None

    def _look_at_memory(self):
        began = time.monotonic()
        if not self._watches_memory() or began < self.look_at:
            return
        self.out_of_memory = self.memory.exceeded(os.getpid())
        if self.out_of_memory is not None:
            self.force_at = began
        took = time.monotonic() - began
        self.look_at = began + max(MEMORY_EVERY, took / MEMORY_SHARE)

    def write_end(self):
        """The last word; where there is no room for it, it is tried until there is."""
        ready = self.files.read("ready.json")
        outcome = self.files.read("outcome.json")
        out_of_memory = self._memory_evidence(outcome)
        self.memory.leave()
        self.files.write(
            "end.json",
            {
                "ready": ready is not None,
                "exit": None if self.status is None else _exit_of(self.status),
                "outcome": outcome,
                "startFailure": self.files.read("failure.json") if ready is None else None,
                "outOfMemory": out_of_memory,
                "stopped": self.stopping,
                # By the clock as it is now, which may have been set meanwhile: how long it ran is true.
                "startedAt": None if ready is None else _files.now(_files.elapsed() - ready["elapsed"]),
                "endedAt": _files.now(),
            },
        )
        while self.files.unwritten:
            time.sleep(WRITE_AGAIN)
            self.files.write_again()

    def _memory_evidence(self, outcome):
        if self.stopping or self.status in (None, 0) or (outcome or {}).get("kind") == "returned":
            return None
        killed = os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) == signal.SIGKILL
        found = self.out_of_memory or self.memory.evidence(killed)
        if found is not None:
            used, allowed = ("?" if one is None else f"{one / 1e9:.2f} GB" for one in found.values())
            _say(f"killed for memory: {used} used, {allowed} allowed")
        return found


def _exit_of(status):
    if not os.WIFSIGNALED(status):
        return {"code": os.WEXITSTATUS(status)}
    number = os.WTERMSIG(status)
    import signal as names

    try:
        return {"signal": names.Signals(number).name}
    except ValueError:
        return {"signal": f"signal {number}"}


def _say(text):
    """A line in the training's log, for people."""
    with ignoring(OSError):
        print(f"Trainyard: {text}", flush=True)


if sys.platform == "win32":
    raise ImportError("trainings on Windows need a Job Object, which this version doesn't have")
