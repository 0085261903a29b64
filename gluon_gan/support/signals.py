"""The signals that end a process in good order: Ctrl-C (SIGINT), SIGTERM and SIGHUP.

SIGTERM is what `kill`, a cluster's time limit and a shutdown send; SIGHUP is what a closed terminal sends.
"""
import os
import signal
import sys
import threading
from contextlib import contextmanager

# Windows has no SIGHUP.
ENDING = tuple(getattr(signal, name) for name in ('SIGINT', 'SIGTERM', 'SIGHUP') if hasattr(signal, name))
HANGUP = getattr(signal, 'SIGHUP', None)

_pending = None      # the signals that arrived during `raised`, or None outside of it


class Stopped(KeyboardInterrupt):
    """A signal that ends the process, as an exception.

    Parameters
    ----------
    number : int
        The number of the signal.
    """

    def __init__(self, number):
        super().__init__(f'stopped by {signal.Signals(number).name}')
        self.number = number


def status(interrupt):
    """int: the exit status for a KeyboardInterrupt, 128 + the number of its signal, as a shell reports it."""
    return 128 + getattr(interrupt, 'number', signal.SIGINT)


def quit_while_loading():
    """Let Ctrl-C end the command line with one line while its modules are imported.

    Nothing has been written by then. A KeyboardInterrupt would show a traceback, or be lost in an import that catches
    every exception. In other processes, such as scripts and notebooks, this function does nothing.
    """
    words, called = getattr(sys, 'argv', None) or [''], getattr(sys, 'orig_argv', ())
    ours = os.path.basename(words[0]) in ('gluon-gan', 'gluon-gan.exe') or words[0] == '-m' and 'gluon_gan' in called
    if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _quit)


def _quit(number, frame):
    os.write(2, b'gluon-gan: stopped\n')
    os._exit(128 + number)


@contextmanager
def raised():
    """Raise :class:`Stopped` when one of the signals arrives in this block.

    A signal that is ignored (SIGHUP under `nohup`), or for which another handler is installed, is left alone. SIGTERM
    and SIGHUP are raised once: a shell and the kernel may both send one, and the second must not disturb the end.
    """
    global _pending
    if threading.current_thread() is not threading.main_thread():
        yield                    # only the main thread may handle signals
        return
    before = {number: handler for number in ENDING if (handler := signal.getsignal(number))
              in (signal.SIG_DFL, signal.default_int_handler, _quit)}
    outer, _pending = _pending, []
    hook, sys.unraisablehook = sys.unraisablehook, _unraisable
    printing = sys.excepthook

    def report(kind, error, trace):
        # C code may print an exception and raise another one, as the import of NumPy's C interface does.
        if not issubclass(kind, Stopped):
            printing(kind, error, trace)
    sys.excepthook = report
    for number in before:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        sys.unraisablehook, sys.excepthook = hook, printing
        for number, handler in before.items():
            signal.signal(number, handler)
        _pending = outer


def _raise(number, frame):
    if number == signal.SIGINT or number not in _pending:
        _pending.append(number)
        raise Stopped(number)


def _unraisable(found):
    """Say nothing of a Stopped in a callback of Python, such as one of an import, which cannot propagate it.

    The signal is pending, so :func:`check` raises it again.
    """
    if not isinstance(found.exc_value, Stopped):
        sys.__unraisablehook__(found)


def may_handle(number):
    """bool: whether nobody else handles or ignores this signal."""
    return signal.getsignal(number) in (signal.SIG_DFL, _raise)


def kills(number):
    """bool: whether this signal ends the process, since no handler is installed for it."""
    return signal.getsignal(number) == signal.SIG_DFL


def note(number):
    """Count a signal that was handled elsewhere, so that its repetition is not raised."""
    if _pending is not None:
        _pending.append(number)


def check():
    """Raise :class:`Stopped` if a signal of :func:`raised` was lost.

    Python cannot raise an exception from the destructor of an object, and MXNet's arrays have one: the exception is
    lost, and the work goes on. Long work therefore calls this function from time to time.
    """
    if _pending:
        raise Stopped(_pending[-1])
