"""Processes as the operating system lists them. Tried on Linux, by /proc; elsewhere by ``ps``, untried."""

import os
import subprocess

#: A machine's page size, in bytes.
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def start_time(pid):
    """When a process started, in the system's own unit (Linux: ticks since boot), or None where it is gone.

    A process is known by pid *and* start time, since a pid is given again.
    """
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else int(fields[19])


def _stat(pid):
    """Fields of /proc/PID/stat from the state on (proc(5) counts them from 3), or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    # The name before it may have blanks and parentheses of its own.
    return text[text.rindex(")") + 2 :].split()


def _table():
    """Of every living process: pid -> (parent's pid, resident bytes)."""
    if not os.path.isdir("/proc/self"):
        command = ["ps", "-axo", "pid=,ppid=,rss=,state="]
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
        rows = [line.split() for line in listed.stdout.splitlines()]
        return {int(row[0]): (int(row[1]), int(row[2]) * 1024) for row in rows if not row[3].startswith("Z")}
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat(name)
            if fields is not None and fields[0] not in "ZX":
                table[int(name)] = (int(fields[1]), int(fields[21]) * PAGE)
    return table


def descendants(pid):
    """Living descendants of a process: pid -> resident bytes. A subreaper has orphans among them."""
    table = _table()
    children = {}
    for child, (parent, _) in table.items():
        children.setdefault(parent, []).append(child)
    found = {}
    waiting = list(children.get(pid, []))
    while waiting:
        one = waiting.pop()
        found[one] = table[one][1]
        waiting.extend(children.get(one, []))
    return found


def proportional(resident):
    """What these processes use together, in bytes: a page that several share counts once.

    ``resident`` is pid -> resident bytes, which stands in where the kernel doesn't tell.
    """
    return sum(_proportional(pid, bytes_) for pid, bytes_ in resident.items())


def _proportional(pid, otherwise):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except FileNotFoundError:
        # The process is gone, or this kernel has no such file.
        return otherwise if os.path.exists(f"/proc/{pid}") else 0
    except ProcessLookupError:
        return 0
    except OSError:
        pass
    return otherwise


def become_subreaper():
    """Has orphaned descendants handed to this process instead of to pid 1 (prctl(2), Linux)."""
    try:
        import ctypes

        pr_set_child_subreaper = 36
        ctypes.CDLL(None, use_errno=True).prctl(pr_set_child_subreaper, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        # Without it a double fork gets away from its parent; the engine still finds it by its environment.
        pass


def boot_id():
    """What changes when the machine or the container restarts: its boot id, and when pid 1 began."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()} {start_time(1)}"
    except OSError:
        return None
