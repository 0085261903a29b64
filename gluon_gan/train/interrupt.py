"""Handle Ctrl-C by finishing the current step first."""
import signal
import threading
from contextlib import contextmanager


@contextmanager
def stop_on_interrupt():
    """Yield a threading.Event that the first Ctrl-C sets. The second Ctrl-C raises KeyboardInterrupt as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop               # only the main thread may handle signals
        return
    previous = signal.getsignal(signal.SIGINT)

    def handle(number, frame):
        stop.set()
        signal.signal(signal.SIGINT, previous)

    signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)
