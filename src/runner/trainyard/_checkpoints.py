"""What a checkpoint is resumed from: a copy of it, or the original if nothing tells that it has changed.

A training may overwrite its one file again and again, and die while it does so. So each checkpoint that is
made known is copied at once, to ``<attempt>/checkpoints/<n>/`` under the name that it has, with its size and
time; under another name first, so that what has the right one is whole. n grows, over all processes of the
attempt: it begins with the monotonic clock, which they share. ``server/dispatch/checkpoints.ts`` chooses.
"""

import os
import stat
import time

from trainyard._quick import ignoring

#: What is larger isn't copied, in bytes: on a disk it would take a training more than a few seconds.
MOST_BYTES = 2 * 10**9
#: A copy is made only where so many times its size is free: the next checkpoint may need it, and others.
ROOM = 4
#: So many copies of an attempt are kept. (One may turn out to be damaged, or never to have been reported.)
KEPT = 2
#: A folder with more than this isn't looked through: that takes a while.
MOST_IN_FOLDER = 10_000
#: Two changes within this time may have the same time: the kernel's clock for files has ticks. Seconds.
TICK = 0.02

_HALF = ".half"


def report(path, folder, write):
    """Copies a checkpoint where that can be, and makes it known.

    write: is given what is told besides the path, and returns whether that could be written.
        copy: the path of its copy. size: in bytes. changed: when it was last, in microseconds since 1970.
    """
    told = _keep(path, folder)
    known = write(told)
    if "copy" in told:
        if known:
            _clear(told["copy"])
        else:
            _remove(os.path.dirname(told["copy"]))


def _keep(path, folder):
    found = os.stat(path)
    size, changed = found.st_size, found.st_mtime_ns
    copy = None
    if stat.S_ISDIR(found.st_mode):
        try:
            size, changed = _whole_folder(path)
        except OSError:
            # Something in it comes or goes: it isn't what it was.
            return {}
        if changed is None:
            return {}
    elif stat.S_ISREG(found.st_mode) and folder is not None:
        copy = _copy(path, found, folder)
    told = {"size": size, "changed": changed // 1000}
    if copy is not None:
        return {"copy": copy, **told}
    # Whatever changes the original from here on has to show.
    age = time.time() - changed / 1e9
    if 0 <= age < TICK:
        time.sleep(TICK - age)
    return told


def _clear(copy):
    """Deletes older copies, now that this one is known.

    None that is newer: another process may be about to report it, and the newest one that is known stays.
    """
    folder, n = os.path.split(os.path.dirname(copy))
    with ignoring(OSError):
        names = sorted(os.listdir(folder))
        older = [name for name in names if name < n and not name.endswith(_HALF)]
        halves = [name for name in names if name.endswith(_HALF) and not _is_at_work(name)]
        for name in older[: 1 - KEPT] + halves:
            _remove(os.path.join(folder, name))


def _copy(path, found, folder):
    """The path of a copy that is whole, or None where none can be made."""
    n = f"{time.monotonic_ns():020d}-{os.getpid()}"
    whole = os.path.join(folder, n)
    name = os.path.basename(path)
    try:
        # The attempt's own folder is there, or the run was removed.
        with ignoring(FileExistsError):
            os.mkdir(folder, 0o700)
        if found.st_size > MOST_BYTES or found.st_size * ROOM > _free(folder):
            return None
        os.mkdir(whole + _HALF, 0o700)
    except OSError:
        return None
    try:
        if _copy_bytes(path, os.path.join(whole + _HALF, name), found):
            os.rename(whole + _HALF, whole)
            return os.path.join(whole, name)
    except OSError:
        # A full disk, above all: the original is made known without one.
        pass
    except BaseException:
        # A signal's, which ends the training's own work as well.
        _remove(whole + _HALF)
        raise
    _remove(whole + _HALF)
    return None


def _copy_bytes(path, copy, found):
    """Copies all bytes and the time. False where the original is being changed meanwhile."""
    source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        target = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            if _copy_in_kernel(source, target) < found.st_size:
                _copy_by_hand(source, target)
            os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
            written = os.fstat(target).st_size
        finally:
            os.close(target)
        now = os.fstat(source)
        then = (found.st_ino, found.st_size, found.st_mtime_ns)
        return then == (now.st_ino, now.st_size, now.st_mtime_ns) and written == found.st_size
    finally:
        os.close(source)


def _copy_in_kernel(source, target):
    """Copies without a detour, where it can; some file systems share the blocks. How many bytes that were."""
    copied = 0
    if not hasattr(os, "copy_file_range"):
        return copied
    # Not every pair of file systems does it; what it has copied by then stands.
    with ignoring(OSError):
        while True:
            # In parts, so that a signal is heard between them.
            part = os.copy_file_range(source, target, 2**26)
            if part == 0:
                break
            copied += part
    return copied


def _copy_by_hand(source, target):
    """Copies what is left, from where both are."""
    while True:
        part = os.read(source, 2**20)
        if not part:
            return
        while part:
            part = part[os.write(target, part) :]


def _whole_folder(path):
    """Bytes of all files below a folder, and the time of the last change; None where there are too many."""
    size, changed, count = 0, os.stat(path).st_mtime_ns, 0
    waiting = [path]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                found = entry.stat(follow_symlinks=False)
                count += 1
                if count > MOST_IN_FOLDER:
                    return None, None
                changed = max(changed, found.st_mtime_ns)
                if stat.S_ISDIR(found.st_mode):
                    waiting.append(entry.path)
                else:
                    size += found.st_size
    return size, changed


def _free(folder):
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


def _is_at_work(name):
    """Whether the process that makes a copy is there still."""
    try:
        os.kill(int(name[: -len(_HALF)].rpartition("-")[2]), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:
        pass
    return True


def _remove(folder):
    with ignoring(OSError):
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
