"""Handle Ctrl-C, SIGTERM and SIGHUP by finishing the current step first."""
import signal
import threading
from contextlib import contextmanager

from ..support import signals


class Stop:
    """Whether the training should stop.

    Attributes
    ----------
    number : int
        The number of the signal that asked for it, or 0.
    """

    number = 0


@contextmanager
def stop_on_interrupt():
    """Yield a :class:`Stop` whose ``number`` is set by the first Ctrl-C, SIGTERM or SIGHUP.

    The second Ctrl-C raises KeyboardInterrupt as usual. Further SIGTERM and SIGHUP change nothing, because a closed
    terminal and a cluster may send several. SIGTERM and SIGHUP are left alone if they are ignored, as under `nohup`, or
    if the program has a handler for them.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop               # only the main thread may handle signals
        return
    signals.check()
    before = {number: signal.getsignal(number) for number in signals.ENDING
              if number == signal.SIGINT or signals.may_handle(number)}

    def handle(number, frame):
        stop.number = stop.number or number
        signals.note(number)
        if number == signal.SIGINT:
            signal.signal(number, before[number])

    for number in before:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
