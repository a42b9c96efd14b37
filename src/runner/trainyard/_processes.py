"""Processes as the operating system lists them. Tried on Linux, by /proc; elsewhere by ``ps``, untried."""

import os

#: A machine's page size, in bytes.
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_HAS_PROC = os.path.exists("/proc/self/stat")


def start_time(pid):
    """When a process started, in the system's own unit (Linux: ticks since boot), or None where it is gone.

    A process is known by pid *and* start time, since a pid is given again.
    """
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else int(fields[19])


def _stat(pid):
    """Fields of /proc/PID/stat from the state on (proc(5) counts them from 3), or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    # The name before it may have blanks and parentheses of its own.
    return text[text.rindex(b")") + 2 :].decode("ascii").split()


def descendants(pid):
    """Pids of the living descendants of a process. Orphans count where the process is their subreaper."""
    found = set()
    waiting = [pid]
    table = None
    while waiting:
        one = waiting.pop()
        children = _children(one)
        if children is None:
            # The kernel doesn't list children by parent: all processes are gone through instead.
            table = _by_parent() if table is None else table
            children = table.get(one, [])
        for child in children:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return [one for one in found if not _HAS_PROC or start_time(one) is not None]


def _children(pid):
    """Pids of the children of all threads of a process, or None where the kernel doesn't tell."""
    children = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return [] if _HAS_PROC else None
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                children += [int(child) for child in file.read().split()]
        except OSError:
            if os.path.exists(f"/proc/{pid}/task/{thread}/stat"):
                return None
    return children


def _by_parent():
    """The children of every process that has any."""
    table = {}
    if not _HAS_PROC:
        import subprocess

        listed = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,state="], stdout=subprocess.PIPE, check=True
        ).stdout
        for pid, parent, state in (line.split()[:3] for line in listed.splitlines()):
            if not state.startswith(b"Z"):
                table.setdefault(int(parent), []).append(int(pid))
        return table
    for name in os.listdir("/proc"):
        fields = _stat(name) if name.isdigit() else None
        if fields is not None and fields[0] not in "ZX":
            table.setdefault(int(fields[1]), []).append(int(name))
    return table


def group(leader):
    """Pids of the living processes in the group of this process, which is among them."""
    found = []
    for pid in [leader, *descendants(os.getpid())]:
        try:
            if pid not in found and os.getpgid(pid) == leader:
                found.append(pid)
        except OSError:
            # Gone meanwhile.
            continue
    return found


def is_worker(pid, training):
    """Whether a process does part of a training's own work.

    That is a fork of it that runs the same program, or one that Python's multiprocessing has started anew.
    """
    command = _command(pid)
    return command != b"" and (command == _command(training) or b"multiprocessing" in command)


def _command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def with_environment(line):
    """Pids of the other living processes with this line, ``NAME=value``, in their environment."""
    found = []
    wanted = b"\0" + os.fsencode(line) + b"\0"
    for name in os.listdir("/proc") if _HAS_PROC else ():
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                belongs = wanted in b"\0" + file.read()
        except OSError:
            # Another user's: not ours.
            continue
        if belongs and start_time(int(name)) is not None:
            found.append(int(name))
    return found


def resident(pids):
    """Bytes of memory that these processes use at most: what several share counts for each of them."""
    total = 0
    for pid in pids:
        fields = _stat(pid)
        if fields is not None:
            total += int(fields[21]) * PAGE
    return total


def proportional(pids):
    """Bytes of memory that these processes use together. Dearer: the kernel walks through their pages."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
                rows = [line.split() for line in file]
            total += sum(int(row[1]) * 1024 for row in rows if row and row[0] == b"Pss:")
        except OSError:
            total += resident([pid])
    return total


def become_subreaper():
    """Has orphaned descendants handed to this process instead of to pid 1; False where that can't be had."""
    # prctl(2), Linux.
    pr_set_child_subreaper = 36
    try:
        # What `ctypes.CDLL(None).prctl(...)` does, without importing all of ctypes in every start.
        import _ctypes

        prctl = _ctypes.dlsym(_ctypes.dlopen(None, 2), "prctl")
        return _ctypes.call_function(prctl, (pr_set_child_subreaper, 1, 0, 0, 0)) == 0
    except (ImportError, OSError, AttributeError):
        return False


def boot_id():
    """What changes when the machine or the container restarts: its boot id, and when pid 1 began."""
    try:
        # As bytes: the codec for ASCII is a module of its own.
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            return f"{file.read().decode().strip()} {start_time(1)}"
    except OSError:
        return None
