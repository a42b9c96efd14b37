"""What `trainyard.log` does where no Trainyard runs the script: one line an epoch, for who looks at it."""

import time

from trainyard._quick import ignoring

#: Steps that belong to no epoch are printed at most so often, in seconds.
STEPS_EVERY = 1.0


class Printer:
    """Prints what is logged of an epoch at once, and what is logged of its steps once it is over."""

    def __init__(self):
        self._epoch = None
        self._step = None
        #: The latest values of the epoch's steps, by figure and legend.
        self._held = {}
        self._printed_at = float("-inf")
        self._watches_exit = False

    def print(self, epoch, step, values):
        if epoch != self._epoch:
            self.flush()
        if step is None:
            _print(epoch, step, values)
        elif epoch is not None:
            self._hold(epoch, step, values)
        elif time.monotonic() - self._printed_at >= STEPS_EVERY:
            self._printed_at = time.monotonic()
            _print(epoch, step, values)

    def _hold(self, epoch, step, values):
        if not self._watches_exit:
            import atexit

            self._watches_exit = True
            atexit.register(self.flush)
        self._epoch, self._step = epoch, step
        for figure, legend, y in values:
            self._held[figure, legend] = y

    def flush(self):
        held, self._held = self._held, {}
        # At the end of a process, standard output may be closed.
        with ignoring(Exception):
            if held:
                _print(self._epoch, self._step, [(*name, y) for name, y in held.items()])


def _print(epoch, step, values):
    where = [f"{name} {n:g}" for name, n in (("epoch", epoch), ("step", step)) if n is not None]
    what = [f"{figure}{f'/{legend}' if legend else ''} {y:.6g}" for figure, legend, y in values]
    print(*where, *what, flush=True)
