"""The supervisor's signals."""

import os

from trainyard._quick import signal

HANDLED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def hold():
    """Has signals wait, while who they are for becomes two processes."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)


def release():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


class Signals:
    """Signals as bytes in a pipe, so that one `select` waits for everything."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self.writer, False)
        for number in HANDLED:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self.writer, warn_on_full_buffer=False)

    def close(self):
        """Gives the signals back their usual meanings, in the child."""
        signal.set_wakeup_fd(-1)
        for number in HANDLED:
            # As every Python has it, so that Ctrl+C in a training is what its author knows.
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)
        os.close(self.reader)
        os.close(self.writer)
