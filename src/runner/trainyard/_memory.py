"""How much memory a training may use, and the evidence where that ended it.

A limit is kept by a control group of its own where one can be made (cgroup v1 was tried, v2 was not), else by
looking at the process tree again and again. Without evidence nothing is called out of memory: somebody may
have sent that SIGKILL.
"""

import os
import sys

from trainyard import _processes
from trainyard._quick import ignoring


class Limit:
    """The memory of one start. ``allowed`` is in bytes, None where nothing but the machine limits it."""

    def __init__(self, allowed, name):
        self.allowed = allowed
        #: The folder of its control group, or None.
        self.group = None
        self._enclosing = _own_group()
        self._kills_before = self._kills()
        if allowed is not None:
            self.group = self._make_group(f"trainyard-{name}-{os.getpid()}")

    def enter(self):
        """Puts this process, and what it starts from now on, under the limit. False where that can't be."""
        if self.group is None:
            return self.allowed is None
        try:
            with open(os.path.join(self.group, "cgroup.procs"), "w", encoding="ascii") as file:
                file.write(str(os.getpid()))
            return True
        except OSError:
            return False

    def exceeded(self, root):
        """What the descendants of a process used, where that was more than is allowed."""
        if self.group is not None:
            return self._killed_in_group()
        pids = _processes.descendants(root)
        if _processes.resident(pids) <= self.allowed:
            return None
        # Workers that share their parent's pages would be counted many times over.
        used = _processes.proportional(pids)
        return {"usedBytes": used, "allowedBytes": self.allowed} if used > self.allowed else None

    def _killed_in_group(self):
        # The kernel ends one process of it, and what is left is no training any more.
        if not _kills_in(self.group):
            return None
        used = _first_number(self.group, "memory.max_usage_in_bytes", "memory.peak")
        return {"usedBytes": used, "allowedBytes": self.allowed}

    def evidence(self, killed):
        """What tells that the kernel killed it for memory, or None. ``killed``: it ended by SIGKILL."""
        found = None if self.group is None else self._killed_in_group()
        if found is not None:
            return found
        kills = self._kills()
        there = _limit_of(self._enclosing)
        if not killed or there is None or None in (kills, self._kills_before) or kills <= self._kills_before:
            return None
        # The kernel's counter counts for everybody: it has to have been a process that was near the limit.
        peak = _largest_child()
        return {"usedBytes": peak, "allowedBytes": there} if peak * 2 >= there else None

    def leave(self):
        """Removes the group, once nothing is in it."""
        if self.group is not None:
            # Else it is left behind, empty.
            with ignoring(OSError):
                os.rmdir(self.group)
            self.group = None

    def _make_group(self, name):
        level = self._enclosing
        while level is not None:
            group = os.path.join(level, name)
            if _make_group(level, group, self.allowed):
                return group
            # Higher up, limits that already hold for us would no longer hold.
            if level == _root_of(level) or _limit_in(level) is not None:
                return None
            level = os.path.dirname(level)
        return None

    def _kills(self):
        """How often the kernel has killed for memory, around here."""
        if self._enclosing is not None:
            kills = _kills_in(self._enclosing)
            if kills is not None:
                return kills
        return _row("/proc/vmstat", "oom_kill")


def _largest_child():
    """The most memory that one of the processes had that were waited for, in bytes."""
    import resource

    # The unit is bytes on macOS.
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


#: Where the hierarchies are by convention: v1, and v2.
_ROOTS = ("/sys/fs/cgroup/memory", "/sys/fs/cgroup")


def _own_group():
    """The folder of the control group that this process's memory counts in, or None."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as file:
            rows = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return None
    for root, controller in zip(_ROOTS, ("memory", "")):
        for _, controllers, path in rows:
            if controller in controllers.split(",") and _knows_memory(root):
                own = os.path.join(root, path.lstrip("/"))
                # Seen from inside a container the path may be the host's.
                return own.rstrip("/") if os.path.isdir(own) else root
    return None


def _knows_memory(root):
    if root == _ROOTS[0]:
        return os.path.exists(os.path.join(root, "memory.limit_in_bytes"))
    return "memory" in (_text(os.path.join(root, "cgroup.controllers")) or "").split()


def _root_of(group):
    return _ROOTS[0] if group.startswith(_ROOTS[0]) else _ROOTS[1]


def _make_group(level, group, allowed):
    try:
        os.mkdir(group, 0o755)
    except OSError:
        return False
    try:
        if _root_of(group) == _ROOTS[0]:
            _put(group, "memory.limit_in_bytes", allowed)
            _try_put(group, "memory.memsw.limit_in_bytes", allowed)
        else:
            if not os.path.exists(os.path.join(group, "memory.max")):
                _put(level, "cgroup.subtree_control", "+memory")
            _put(group, "memory.max", allowed)
            _try_put(group, "memory.swap.max", 0)
            _try_put(group, "memory.oom.group", 1)
        if os.access(os.path.join(group, "cgroup.procs"), os.W_OK):
            return True
        raise PermissionError(group)
    except OSError:
        with ignoring(OSError):
            os.rmdir(group)
        return False


def _put(group, name, value):
    with open(os.path.join(group, name), "w", encoding="ascii") as file:
        file.write(str(value))


def _try_put(group, name, value):
    # Not every kernel accounts for swap.
    with ignoring(OSError):
        _put(group, name, value)


def _kills_in(group):
    """How many processes of a group the kernel has killed for memory, or None where it doesn't tell."""
    for name in ("memory.oom_control", "memory.events"):
        kills = _row(os.path.join(group, name), "oom_kill")
        if kills is not None:
            return kills
    return None


def _limit_in(group):
    """A group's own limit in bytes, or None."""
    limit = _first_number(group, "memory.limit_in_bytes", "memory.max")
    # What v1 says where there is none: the largest multiple of a page.
    return None if limit is None or limit > 2**62 else limit


def _limit_of(group):
    """The bytes that there are for what runs in a group: its own limit, one around it, or the machine."""
    limits = []
    while group is not None:
        limits.append(_limit_in(group))
        group = None if group == _root_of(group) else os.path.dirname(group)
    machine = _row("/proc/meminfo", "MemTotal:")
    limits.append(None if machine is None else machine * 1024)
    return min((limit for limit in limits if limit is not None), default=None)


def _first_number(group, *names):
    for name in names:
        text = _text(os.path.join(group, name))
        if text is not None and text.strip().isdigit():
            return int(text)
    return None


def _row(path, name):
    """The number behind a name, in a file with one such pair a line."""
    for line in (_text(path) or "").splitlines():
        words = line.split()
        if words[:1] == [name] and words[1:2] and words[1].isdigit():
            return int(words[1])
    return None


def _text(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except (OSError, ValueError):
        return None
