"""Ctrl-C that lets the step under way finish."""
import signal
import threading
from contextlib import contextmanager


@contextmanager
def stop_on_interrupt():
    """An Event that the first Ctrl-C sets; the second is a KeyboardInterrupt as ever."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop               # only the main thread may handle signals
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number, frame):
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
